import { BlockStack, Card, DataTable, Link, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { TriedRules } from '../loyalty/index.server.ts';
import { useShop } from './shop-context.tsx';

/** What the past year would have been under other rules. */
export function TrialResult({ trial }: { trial: TriedRules }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { sampled, members, since } = trial;
  const size = { sampled: shop.number(sampled), members: shop.number(members) };
  return (
    <Card>
      <BlockStack gap="400">
        <BlockStack gap="100">
          <Text as="h2" variant="headingMd">
            {t('pointsTrial.title')}
          </Text>
          <Text as="p" tone="subdued">
            {t('pointsTrial.text', { since: shop.date(since) })}
          </Text>
          <Text as="p">
            {members === 0 ? t('pointsTrial.nobody') : t(sampled < members ? 'pointsTrial.sample' : 'pointsTrial.all', size)}
          </Text>
        </BlockStack>
        {sampled === 0 ? null : (
          <>
            <Figures trial={trial} />
            <Spread trial={trial} />
            <Largest trial={trial} />
          </>
        )}
      </BlockStack>
    </Card>
  );
}

function Figures({ trial }: { trial: TriedRules }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { before, after, perHundred, sampled, members } = trial;
  const scaled = (points: number): number => Math.round((points * members) / sampled);
  const signed = (change: number, write: (size: number) => string): string =>
    `${change > 0 ? '+' : change < 0 ? '−' : ''}${write(Math.abs(change))}`;
  const line = (label: string, name: 'issued' | 'expired' | 'held', write: (points: number) => string): string[] => {
    const [was, is] = [scaled(before[name]), scaled(after[name])];
    return [label, write(was), write(is), signed(is - was, write)];
  };
  const points = (count: number): string => shop.number(count);
  const worth = (count: number): string => shop.money((BigInt(count) * (perHundred ?? 0n)) / 100n);
  const money = perHundred === null ? [] : [line(t('pointsTrial.cost'), 'issued', worth), line(t('pointsTrial.owed'), 'held', worth)];
  return (
    <BlockStack gap="200">
      <DataTable
        columnContentTypes={['text', 'numeric', 'numeric', 'numeric']}
        headings={[t('pointsTrial.figure'), t('pointsTrial.before'), t('pointsTrial.after'), t('pointsTrial.change')]}
        rows={[
          line(t('pointsTrial.issued'), 'issued', points),
          line(t('pointsTrial.expired'), 'expired', points),
          line(t('pointsTrial.held'), 'held', points),
          ...money,
        ]}
      />
      {perHundred === null ? (
        <Text as="p" tone="subdued">
          <Link url="/app/points/liability">{t('pointsTrial.noValue')}</Link>
        </Text>
      ) : null}
    </BlockStack>
  );
}

function Spread({ trial }: { trial: TriedRules }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { sampled, gain, lose, same, deciles } = trial;
  const counts = { sampled: shop.number(sampled), gain: shop.number(gain), lose: shop.number(lose), same: shop.number(same) };
  const heading = (tenth: number): string =>
    tenth === 0
      ? t('pointsTrial.least')
      : tenth === 10
        ? t('pointsTrial.most')
        : t('pointsTrial.tenth', { share: shop.number(tenth * 10) });
  return (
    <BlockStack gap="200">
      <Text as="p">{t('pointsTrial.who', counts)}</Text>
      <Text as="h3" variant="headingSm">
        {t('pointsTrial.spread')}
      </Text>
      <Text as="p" tone="subdued">
        {t('pointsTrial.spreadText')}
      </Text>
      <DataTable
        columnContentTypes={deciles.map(() => 'numeric' as const)}
        headings={deciles.map((_, tenth) => heading(tenth))}
        rows={[deciles.map((points) => shop.number(points))]}
      />
    </BlockStack>
  );
}

function Largest({ trial }: { trial: TriedRules }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (trial.largest.length === 0) return null;
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {t('pointsTrial.largest')}
      </Text>
      <DataTable
        columnContentTypes={['text', 'numeric', 'numeric', 'numeric']}
        headings={[t('pointsTrial.customer'), t('pointsTrial.before'), t('pointsTrial.after'), t('pointsTrial.change')]}
        rows={trial.largest.map(({ customerId, before, after }) => [
          <Link key={String(customerId)} url={`/app/customers/${customerId}`}>
            {String(customerId)}
          </Link>,
          shop.number(before),
          shop.number(after),
          shop.number(after - before),
        ])}
      />
    </BlockStack>
  );
}
