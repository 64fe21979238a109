import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useFetcher, useLoaderData, useSearchParams } from '@remix-run/react';
import { Badge, Banner, BlockStack, Button, Card, InlineStack, Link, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ListTable } from '../components/list-table.tsx';
import { RewardForm } from '../components/reward-form.tsx';
import { rewardWords } from '../components/reward-words.ts';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { handOverGift, readRewardForm, rewardsPage, saveReward, switchReward, typedReward } from '../loyalty/index.server.ts';

const numberOf = (text: string | null): number | null => (text !== null && /^\d{1,9}$/.test(text) ? Number(text) : null);

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const page = await rewardsPage(scope);
  const edited = page.rewards.find(({ id }) => id === numberOf(new URL(request.url).searchParams.get('edit'))) ?? null;
  return { ...page, edited: edited?.id ?? null, start: typedReward(edited, scope.shop) };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const id = numberOf(formText(form, 'id'));
  switch (formText(form, 'intent')) {
    case 'reward': {
      const typed = readRewardForm(formText(form, 'reward'));
      if (typed === null) throw new Response(null, { status: 400 });
      return saveReward(scope, { id, form: typed });
    }
    case 'switch': {
      if (id === null || !(await switchReward(scope, { id, active: formText(form, 'active') === 'true' })))
        throw new Response(null, { status: 404 });
      return null;
    }
    case 'gift': {
      const gift = parseId(formText(form, 'gift'));
      if (gift === null) throw new Response(null, { status: 400 });
      return { handedOver: await handOverGift(scope, gift) };
    }
    default:
      throw new Response(null, { status: 400 });
  }
}

export default function Rewards() {
  const { hasProgramme, rewards, gifts, edited, start } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  return (
    <Page title={t('rewards.title')} subtitle={t('rewards.intro')} backAction={{ content: t('loyalty.title'), url: '/app/loyalty' }}>
      <BlockStack gap="400">
        {hasProgramme ? null : (
          <Banner tone="warning" title={t('rewards.noProgramme')}>
            <Link url="/app/points">{t('rewards.toPoints')}</Link>
          </Banner>
        )}
        {rewards.length === 0 ? <Banner tone="info" title={t('rewards.none')} /> : <List rewards={rewards} />}
        {rewards.some(({ terms }) => terms.value.kind === 'gift') || gifts.length > 0 ? <Gifts gifts={gifts} /> : null}
        {/* Made or changed, the form begins anew. */}
        <RewardForm key={`${edited}-${rewards.length}`} id={edited} start={start} />
      </BlockStack>
    </Page>
  );
}

type Data = Awaited<ReturnType<typeof loader>>;

function List({ rewards }: Pick<Data, 'rewards'>) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher();
  const [, setParams] = useSearchParams();
  return (
    <ListTable
      name={{ singular: t('rewards.title'), plural: t('rewards.title') }}
      rows={rewards}
      idOf={({ id }) => id}
      columns={[
        { title: t('rewards.name'), cell: ({ title }) => title },
        { title: t('rewards.cost'), numeric: true, cell: ({ points }) => shop.number(points) },
        { title: t('rewards.gives'), cell: ({ terms }) => rewardWords(terms, { t, shop }) },
        { title: t('rewards.redeemed'), numeric: true, cell: ({ redeemed }) => shop.number(redeemed) },
        { title: t('rewards.usedCount'), numeric: true, cell: ({ used }) => shop.number(used) },
        {
          title: t('rewards.status'),
          cell: ({ active }) => <Badge tone={active ? 'success' : undefined}>{t(active ? 'rewards.on' : 'rewards.off')}</Badge>,
        },
        {
          title: '',
          cell: ({ id, active }) => (
            <InlineStack gap="200">
              <Button variant="plain" onClick={() => setParams({ edit: String(id) })}>
                {t('rewards.edit')}
              </Button>
              <Button
                variant="plain"
                onClick={() => fetcher.submit({ intent: 'switch', id: String(id), active: String(!active) }, { method: 'post' })}
              >
                {t(active ? 'rewards.putAway' : 'rewards.takeOut')}
              </Button>
            </InlineStack>
          ),
        },
      ]}
    />
  );
}

function Gifts({ gifts }: Pick<Data, 'gifts'>) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<{ readonly handedOver: boolean }>();
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('rewards.gifts')}
        </Text>
        {fetcher.data?.handedOver ? <Banner tone="success" title={t('rewards.handedOver')} /> : null}
        {gifts.length === 0 ? (
          <Text as="p" tone="subdued">
            {t('rewards.giftsNone')}
          </Text>
        ) : null}
        {gifts.map((gift) => (
          <InlineStack key={String(gift.id)} align="space-between" blockAlign="center" gap="300">
            <BlockStack gap="050">
              <Text as="p">{gift.title}</Text>
              <Text as="p" tone="subdued" variant="bodySm">
                <Link url={`/app/customers/${gift.customerId}`}>{t('rewards.forCustomer', { id: String(gift.customerId) })}</Link>
                {` · ${shop.time(gift.at)}`}
              </Text>
            </BlockStack>
            <Button onClick={() => fetcher.submit({ intent: 'gift', gift: String(gift.id) }, { method: 'post' })}>
              {t('rewards.handOver')}
            </Button>
          </InlineStack>
        ))}
      </BlockStack>
    </Card>
  );
}
