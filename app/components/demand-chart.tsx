import { BlockStack, Box, Button, Card, DataTable, InlineStack, Text } from '@shopify/polaris';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Bar, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { useShop } from './shop-context.tsx';

const HEIGHT = 280;

/** What was sold and what is expected, day by day: bars and a dashed line, told apart by shape and not by colour alone. */
export function DemandChart({ days, summary }: { days: { day: string; sold: number | null; expected: number | null }[]; summary: string }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [asTable, setAsTable] = useState(false);
  const drawn = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  const units = (value: number | null): string => (value === null ? '–' : shop.number(Math.round(value * 10) / 10));
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {t('inventory.chart')}
          </Text>
          <Button variant="plain" onClick={() => setAsTable(!asTable)}>
            {asTable ? t('app.chart') : t('app.table')}
          </Button>
        </InlineStack>
        <Text as="p" tone="subdued">
          {summary}
        </Text>
        {asTable ? (
          <DataTable
            columnContentTypes={['text', 'numeric', 'numeric']}
            headings={[t('home.day'), t('inventory.sold'), t('inventory.expected')]}
            rows={days.map((row) => [shop.day(row.day), units(row.sold), units(row.expected)])}
          />
        ) : (
          <Box minHeight={`${HEIGHT}px`}>
            {drawn ? (
              <div aria-hidden="true">
                <ResponsiveContainer width="100%" height={HEIGHT}>
                  <ComposedChart accessibilityLayer={false} data={days} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
                    <CartesianGrid vertical={false} stroke="#e3e3e3" />
                    <XAxis dataKey="day" tickFormatter={(day: string) => shop.day(day)} minTickGap={48} stroke="#616161" fontSize={12} />
                    <YAxis width={48} stroke="#616161" fontSize={12} />
                    <Tooltip labelFormatter={(day) => (typeof day === 'string' ? shop.day(day) : '')} />
                    <Bar dataKey="sold" name={t('inventory.sold')} fill="#005bd3" isAnimationActive={false} />
                    <Line
                      dataKey="expected"
                      name={t('inventory.expected')}
                      stroke="#b98900"
                      strokeWidth={2}
                      strokeDasharray="5 4"
                      dot={false}
                      isAnimationActive={false}
                    />
                  </ComposedChart>
                </ResponsiveContainer>
              </div>
            ) : null}
          </Box>
        )}
      </BlockStack>
    </Card>
  );
}
