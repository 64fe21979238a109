import { BlockStack, Card, DataTable, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { LiabilityPage } from '../loyalty/index.server.ts';
import { useShop } from './shop-context.tsx';

const SHOWN = 24;
const POINTS = ['opening', 'issued', 'withdrawn', 'forgiven', 'spent', 'expired', 'closing'] as const;
const MONEY = ['opening', 'deferred', 'brought', 'recognised', 'breakage', 'closing'] as const;

/** Points owed, month by month, the latest first. */
export function RolledTable({ rows }: { rows: LiabilityPage['rolled'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <MonthTable
      title={t('liability.rolled')}
      text={t('liability.rolledText')}
      headings={POINTS.map((name) => t(`liability.${name}`))}
      rows={rows.map((row) => [row.month, ...POINTS.map((name) => shop.number(Number(row[name])))])}
    />
  );
}

/** Revenue put off for points, month by month, the latest first. */
export function RevenueTable({ rows }: { rows: LiabilityPage['revenue'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const headings = MONEY.map((name) => t(name === 'deferred' ? 'liability.deferredNew' : `liability.${name}`));
  return (
    <MonthTable
      title={t('liability.revenue')}
      text={t('liability.revenueText')}
      headings={headings}
      rows={rows.map((row) => [row.month, ...MONEY.map((name) => shop.money(row[name]))])}
    />
  );
}

type Props = { readonly title: string; readonly text: string; readonly headings: readonly string[]; readonly rows: readonly string[][] };

function MonthTable({ title, text, headings, rows }: Props) {
  const { t } = useTranslation();
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        <Text as="p" tone="subdued">
          {text}
        </Text>
        <DataTable
          columnContentTypes={['text', ...headings.map(() => 'numeric' as const)]}
          headings={[t('liability.month'), ...headings]}
          rows={rows.slice(-SHOWN).toReversed()}
        />
        {rows.length > SHOWN ? (
          <Text as="p" tone="subdued">
            {t('liability.older')}
          </Text>
        ) : null}
      </BlockStack>
    </Card>
  );
}
