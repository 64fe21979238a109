import { useTranslation } from 'react-i18next';
import { Area, AreaChart, CartesianGrid, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartCard } from './chart-card.tsx';
import { bucketsOf, type SalesDay } from './sales-buckets.ts';
import { useShop } from './shop-context.tsx';

/** Net sales by day, or by week where there are many days. */
export function SalesChart({ days }: { days: readonly SalesDay[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const total = days.reduce((sum, row) => sum + row.net, 0n);
  const best = days.reduce((top, row) => (row.net > top.net ? row : top), days[0] ?? { day: '', net: 0n, orders: 0 });
  const { by, rows } = bucketsOf(days);
  // The chart places points by floats; the words and the table show the exact amounts.
  const points = rows.map((row) => ({ ...row, value: Number(shop.decimal(row.net)) }));
  return (
    <ChartCard
      title={t(by === 'week' ? 'home.salesByWeek' : 'home.sales')}
      summary={t('home.salesSummary', {
        total: shop.money(total),
        days: days.length,
        best: best.day ? shop.day(best.day) : '',
        amount: shop.money(best.net),
      })}
      height={260}
      table={{
        headings: [t(by === 'week' ? 'home.week' : 'home.day'), t('home.orders'), t('home.net')],
        rows: rows.toReversed().map((row) => [shop.day(row.day), shop.number(row.orders), shop.money(row.net)]),
      }}
    >
      <AreaChart accessibilityLayer={false} data={points} margin={{ top: 8, right: 8, bottom: 0, left: 8 }}>
        <CartesianGrid vertical={false} stroke="#e3e3e3" />
        <XAxis dataKey="day" tickFormatter={(day: string) => shop.day(day)} minTickGap={48} stroke="#616161" fontSize={12} />
        <YAxis tickFormatter={(value: number) => shop.number(value)} width={72} stroke="#616161" fontSize={12} />
        <Tooltip
          labelFormatter={(day) => (typeof day === 'string' ? shop.day(day) : '')}
          formatter={(value) => [shop.number(Number(value)), t('home.net')]}
        />
        <Area type="linear" dataKey="value" stroke="#005bd3" fill="#005bd3" fillOpacity={0.14} strokeWidth={2} isAnimationActive={false} />
      </AreaChart>
    </ChartCard>
  );
}
