import { Banner, BlockStack, Card, List, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { CampaignProof as CampaignProofData } from '../campaigns/index.server.ts';
import { ListTable } from './list-table.tsx';
import { PageSection } from './page-section.tsx';
import { useShop } from './shop-context.tsx';

export type ShownProof = CampaignProofData;
type Window = Extract<ShownProof, { kind: 'proof' }>['during'];
type Arm = Window['arms'][number];
type Effect = NonNullable<Arm['effects']>['orders'];

const REASONS = {
  assigning: 'proof.assigning',
  'no-hold-out': 'proof.noHoldOut',
  'not-started': 'proof.notStarted',
  learns: 'proof.learns',
  waves: 'proof.waves',
} as const;

/** What a campaign earned beside those who were held out. */
export function CampaignProof({ proof }: { proof: ShownProof }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (proof.kind === 'none')
    return (
      <PageSection title={t('proof.title')}>
        <Banner tone={proof.reason === 'no-hold-out' ? 'warning' : 'info'} title={t(REASONS[proof.reason])} />
      </PageSection>
    );
  const { during, withAfter, costsUnknown } = proof;
  const lastInstant = (until: Date): string => shop.date(new Date(until.getTime() - 1));
  return (
    <PageSection title={t('proof.title')} text={t('proof.intro')}>
      <BlockStack gap="400">
        {costsUnknown ? <Banner tone="warning" title={t('proof.costsUnknown')} /> : null}
        <ProofArms title={t('proof.during', { until: lastInstant(during.until) })} arms={during.arms} />
        {withAfter ? <ProofArms title={t('proof.withAfter', { until: lastInstant(withAfter.until) })} arms={withAfter.arms} /> : null}
      </BlockStack>
    </PageSection>
  );
}

/** What each group of customers did, and what each offer did beside the hold-out. */
export function ProofArms({ title, arms }: { title: string; arms: readonly Arm[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const money = (value: number): string => shop.money(BigInt(Math.round(value)));
  const count = (value: number): string => shop.number(Math.round(value * 1_000) / 1_000);
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {title}
      </Text>
      <ListTable
        name={{ singular: t('proof.arm'), plural: t('proof.arms') }}
        rows={arms}
        idOf={(arm) => arm.arm}
        columns={[
          {
            title: t('proof.arm'),
            cell: (arm) => (arm.letter === null ? t('proof.heldOut') : t('proof.offerOf', { letter: arm.letter })),
          },
          { title: t('proof.customers'), numeric: true, cell: (arm) => shop.number(arm.customers) },
          { title: t('proof.buyers'), numeric: true, cell: (arm) => shop.number(arm.buyers) },
          { title: t('proof.ordersEach'), numeric: true, cell: (arm) => count(arm.orders) },
          { title: t('proof.revenueEach'), numeric: true, cell: (arm) => money(arm.revenue) },
          { title: t('proof.marginEach'), numeric: true, cell: (arm) => money(arm.margin) },
        ]}
      />
      {arms.map((arm) => (
        <Effects key={arm.arm} arm={arm} money={money} count={count} />
      ))}
    </BlockStack>
  );
}

type Write = (value: number) => string;

/** What an offer did beside the hold-out, a customer and in all. */
function Effects({ arm, money, count }: { arm: Arm; money: Write; count: Write }) {
  const { t } = useTranslation();
  if (!arm.effects) return null;
  const { orders, revenue, margin } = arm.effects;
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h4" variant="headingSm">
          {t('proof.offerOf', { letter: arm.letter ?? '' })}
        </Text>
        <List>
          <List.Item>
            {t('proof.ordersEach')}: <Told effect={orders} write={count} />
          </List.Item>
          <List.Item>
            {t('proof.revenueEach')}: <Told effect={revenue} write={money} />
          </List.Item>
          <List.Item>
            {t('proof.marginEach')}: <Told effect={margin} write={money} />
          </List.Item>
        </List>
        <Total arm={arm} money={money} />
      </BlockStack>
    </Card>
  );
}

/** An effect with its range in words, or what is missing to tell it. */
export function Told({ effect, write }: { effect: Effect; write: Write }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (effect.kind === 'short')
    return (
      <Text as="span" tone="subdued">
        {t('proof.short', { customers: shop.number(effect.customers), buyers: shop.number(effect.buyers) })}
      </Text>
    );
  const needed = effect.customersNeeded === null ? '' : ` · ${t('proof.needed', { number: shop.number(effect.customersNeeded) })}`;
  return (
    <Text as="span" tone={effect.shown ? (effect.effect > 0 ? 'success' : 'critical') : undefined}>
      {t('proof.effect', { effect: write(effect.effect), low: write(effect.low), high: write(effect.high) })} ·{' '}
      {effect.shown ? t('proof.shown') : t('proof.none')}
      {needed}
    </Text>
  );
}

/** The margin of all customers of an arm together, where it is told. */
function Total({ arm, money }: { arm: Arm; money: Write }) {
  const { t } = useTranslation();
  const margin = arm.effects?.margin;
  if (!margin || margin.kind === 'short') return null;
  const [effect, low, high] = [margin.effect, margin.low, margin.high].map((value) => money(value * arm.customers));
  return (
    <Text as="p" fontWeight="semibold">
      {t('proof.total', { effect, low, high })}
    </Text>
  );
}
