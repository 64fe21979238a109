import { BlockStack, Box, Button, Card, DataTable, InlineStack, Text } from '@shopify/polaris';
import { useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { bucketsOf, type SalesDay } from './sales-buckets.ts';
import { useShop } from './shop-context.tsx';

const HEIGHT = 260;

/** Net sales by day, or by week where there are many days: a chart with its words, and the same as a table. The chart is drawn in the browser; its room is kept from the start. */
export function SalesChart({ days }: { days: readonly SalesDay[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [asTable, setAsTable] = useState(false);
  const drawn = useSyncExternalStore(
    () => () => undefined,
    () => true,
    () => false,
  );
  const total = days.reduce((sum, row) => sum + row.net, 0n);
  const best = days.reduce((top, row) => (row.net > top.net ? row : top), days[0] ?? { day: '', net: 0n, orders: 0 });
  const summary = t('home.salesSummary', {
    total: shop.money(total),
    days: days.length,
    best: best.day ? shop.day(best.day) : '',
    amount: shop.money(best.net),
  });
  // The chart places points by floats; the words and the table show the exact amounts.
  const { by, rows } = bucketsOf(days);
  const points = rows.map((row) => ({ ...row, value: Number(shop.decimal(row.net)) }));
  return (
    <Card>
      <BlockStack gap="300">
        <InlineStack align="space-between" blockAlign="center">
          <Text as="h2" variant="headingMd">
            {t(by === 'week' ? 'home.salesByWeek' : 'home.sales')}
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
            headings={[t(by === 'week' ? 'home.week' : 'home.day'), t('home.orders'), t('home.net')]}
            rows={rows.toReversed().map((row) => [shop.day(row.day), shop.number(row.orders), shop.money(row.net)])}
          />
        ) : (
          <Box minHeight={`${HEIGHT}px`}>
            {drawn ? (
              <div aria-hidden="true">
                <ResponsiveContainer width="100%" height={HEIGHT}>
                  <AreaChart accessibilityLayer={false} data={points} margin={{ top: 8, right: 8, bottom: 0, left: 8 }}>
                    <CartesianGrid vertical={false} stroke="#e3e3e3" />
                    <XAxis dataKey="day" tickFormatter={(day: string) => shop.day(day)} minTickGap={48} stroke="#616161" fontSize={12} />
                    <YAxis tickFormatter={(value: number) => shop.number(value)} width={72} stroke="#616161" fontSize={12} />
                    <Tooltip
                      labelFormatter={(day) => (typeof day === 'string' ? shop.day(day) : '')}
                      formatter={(value) => [shop.number(Number(value)), t('home.net')]}
                    />
                    <Area
                      type="linear"
                      dataKey="value"
                      stroke="#005bd3"
                      fill="#005bd3"
                      fillOpacity={0.14}
                      strokeWidth={2}
                      isAnimationActive={false}
                    />
                  </AreaChart>
                </ResponsiveContainer>
              </div>
            ) : null}
          </Box>
        )}
      </BlockStack>
    </Card>
  );
}
