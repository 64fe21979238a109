import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, BlockStack, Card, InlineGrid, InlineStack, Layout, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FigureCard } from '../components/figure-card.tsx';
import { LikeAccounts } from '../components/like-accounts.tsx';
import { NotFound } from '../components/not-found.tsx';
import { OffersCard } from '../components/offers-card.tsx';
import { PointsCard } from '../components/points-card.tsx';
import { ReferralCard } from '../components/referral-card.tsx';
import { SimulateCard } from '../components/simulate-card.tsx';
import { RewardsCard } from '../components/rewards-card.tsx';
import { useShop } from '../components/shop-context.tsx';
import { TierWhy } from '../components/tier-why.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin, type AdminScope } from '../entry/authenticate.server.ts';
import { noteAudit } from '../audit/index.server.ts';
import { offersTo } from '../campaigns/index.server.ts';
import { accountsLike } from '../identity/index.server.ts';
import {
  adjustPoints,
  cancelRedemption,
  giveTier,
  listTiers,
  memberOf,
  pointsOf,
  makeReferralCode,
  redeemReward,
  referralOf,
  rewardsOf,
  readCart,
  simulateCart,
  takeTierBack,
} from '../loyalty/index.server.ts';
import { customerPage } from '../record/index.server.ts';
import { standingOf } from '../audience/index.server.ts';
import { StandingCard } from '../components/standing-card.tsx';

export async function loader({ request, params, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const id = parseId(params.id);
  const page = id === null ? null : await customerPage(scope, id);
  if (page) await noteAudit(scope, { action: 'customer.viewed', subject: `customer/${page.customer.id}` });
  if (!page) return { page, member: null, standing: null, offers: null, like: [], points: null, rewards: null, referral: null, tiers: [] };
  const customerId = page.customer.id;
  return {
    page,
    member: await memberOf(scope, customerId),
    standing: await standingOf(scope, customerId),
    offers: await offersTo(scope, customerId),
    like: await accountsLike(scope, customerId),
    points: await pointsOf(scope, customerId),
    rewards: await rewardsOf(scope, customerId),
    referral: await referralOf(scope, customerId),
    tiers: (await listTiers(scope)).map(({ id: tierId, name }) => ({ id: tierId, name })),
  };
}

type Act = (scope: AdminScope, customerId: bigint, form: FormData) => Promise<unknown>;
const wholeOf = (text: string): number => (/^\d{1,9}$/.test(text) ? Number(text) : 0);
const bad = (): Response => new Response(null, { status: 400 });

/** What staff do to a customer, by the form's intent. */
const ACTS: Readonly<Record<string, Act>> = {
  points: (scope, customerId, form) =>
    adjustPoints(scope, { customerId, points: formText(form, 'points'), reason: formText(form, 'reason') }),
  redeem: (scope, customerId, form) => {
    const [rewardId, steps] = [wholeOf(formText(form, 'reward')), wholeOf(formText(form, 'steps'))];
    return redeemReward(scope, { customerId, rewardId, steps, key: formText(form, 'key').slice(0, 100) });
  },
  async cancel(scope, customerId, form) {
    const id = parseId(formText(form, 'redemption'));
    return { kind: id !== null && (await cancelRedemption(scope, { id, customerId })) ? 'ok' : 'late' };
  },
  simulate: (scope, customerId, form) => {
    const cart = readCart(formText(form, 'cart'));
    if (cart === null) throw bad();
    return simulateCart(scope, { customerId, lines: cart });
  },
  referral: async (scope, customerId) => ({ made: await makeReferralCode(scope, customerId) }),
  'give-tier': (scope, customerId, form) => {
    const [tierId, until, reason] = [formText(form, 'tier'), formText(form, 'until'), formText(form, 'reason')];
    return giveTier(scope, { customerId, tierId, until, reason });
  },
  async 'take-tier'(scope, customerId, form) {
    const grantId = parseId(formText(form, 'grant'));
    if (grantId === null) throw bad();
    return takeTierBack(scope, { customerId, grantId });
  },
};

export async function action({ request, params, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const customerId = parseId(params.id);
  const form = await request.formData();
  const act = new Map(Object.entries(ACTS)).get(formText(form, 'intent'));
  if (customerId === null || !act) throw bad();
  return act(scope, customerId, form);
}

type Data = Awaited<ReturnType<typeof loader>>;

export default function CustomerPage() {
  const { page, member, standing, offers, like, points, rewards, referral, tiers } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  if (!page || !member) return <NotFound back="/app/customers" />;
  const { customer, rollup } = page;
  const name = [customer.firstName, customer.lastName].filter(Boolean).join(' ') || t('customers.noName', { id: String(customer.id) });
  const sums = rollup ?? { net: 0n, orders: 0, returned: 0n, firstOrderAt: null };
  return (
    <Page
      title={name}
      backAction={{ content: t('customers.title'), url: '/app/customers' }}
      titleMetadata={member.tier ? <Badge tone="info">{member.tier.name}</Badge> : undefined}
      subtitle={sums.firstOrderAt ? t('customers.since', { date: shop.date(sums.firstOrderAt) }) : t('customers.never')}
    >
      <Layout>
        <Layout.Section>
          <BlockStack gap="400">
            <InlineGrid columns={{ xs: 2, md: 3 }} gap="300">
              <FigureCard label={t('customers.net')} value={shop.money(sums.net)} />
              <FigureCard label={t('customers.orders')} value={shop.number(sums.orders)} />
              <FigureCard label={t('orders.returned')} value={shop.money(sums.returned)} />
            </InlineGrid>
            <Timeline entries={page.timeline} />
            <Loyalty points={points} rewards={rewards} />
            {referral ? <ReferralCard customerId={customer.id} referral={referral} /> : null}
            {offers ? <OffersCard offers={offers} tiers={tiers} /> : null}
            <LikeAccounts accounts={like} />
          </BlockStack>
        </Layout.Section>
        <Layout.Section variant="oneThird">
          <BlockStack gap="400">
            <TierWhy member={member} />
            {standing ? <StandingCard standing={standing} hasOrders={sums.orders > 0} /> : null}
            <Contact customer={customer} />
          </BlockStack>
        </Layout.Section>
      </Layout>
    </Page>
  );
}

function Loyalty({ points, rewards }: Pick<Data, 'points' | 'rewards'>) {
  if (!points) return null;
  return (
    <>
      <PointsCard points={points} />
      {points.hasProgramme ? <SimulateCard /> : null}
      {points.hasProgramme && rewards ? <RewardsCard rewards={rewards} /> : null}
    </>
  );
}

function Contact({ customer }: { customer: NonNullable<Data['page']>['customer'] }) {
  const { t } = useTranslation();
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('customers.email')}
        </Text>
        <Text as="p" breakWord>
          {customer.email ?? t('app.unknown')}
        </Text>
        <Text as="p" tone="subdued">
          {t('customers.consent')}: {customer.emailConsent ?? t('app.unknown')}
        </Text>
        <Text as="p" tone="subdued">
          {[customer.city, customer.country].filter(Boolean).join(', ')}
        </Text>
      </BlockStack>
    </Card>
  );
}

function Timeline({ entries }: { entries: NonNullable<Data['page']>['timeline'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('customers.timeline')}
        </Text>
        {entries.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('customers.timelineEmpty')}
          </Text>
        ) : null}
        {entries.map((entry) => (
          <InlineStack key={`${entry.kind}${entry.orderId}${entry.at.getTime()}`} align="space-between" gap="200">
            <BlockStack>
              <Link url={`/app/orders/${entry.orderId}`}>
                {t(entry.kind === 'order' ? 'customers.ordered' : 'customers.refunded', { name: entry.orderName })}
              </Link>
              <Text as="span" tone="subdued" variant="bodySm">
                {shop.time(entry.at)}
              </Text>
            </BlockStack>
            <Text as="span" numeric>
              {entry.kind === 'refund' ? '−' : ''}
              {shop.money(entry.amount)}
            </Text>
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  );
}
