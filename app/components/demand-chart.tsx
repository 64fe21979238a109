import { useTranslation } from 'react-i18next';
import { Bar, CartesianGrid, ComposedChart, Line, Tooltip, XAxis, YAxis } from 'recharts';
import { ChartCard } from './chart-card.tsx';
import { useShop } from './shop-context.tsx';

/** What was sold and what is expected, day by day: bars and a dashed line, told apart by shape and not by colour alone. */
export function DemandChart({ days, summary }: { days: { day: string; sold: number | null; expected: number | null }[]; summary: string }) {
  const { t } = useTranslation();
  const shop = useShop();
  const units = (value: number | null): string => (value === null ? '–' : shop.number(Math.round(value * 10) / 10));
  return (
    <ChartCard
      title={t('inventory.chart')}
      summary={summary}
      height={280}
      table={{
        headings: [t('home.day'), t('inventory.sold'), t('inventory.expected')],
        rows: days.map((row) => [shop.day(row.day), units(row.sold), units(row.expected)]),
      }}
    >
      <ComposedChart accessibilityLayer={false} data={days} margin={{ top: 8, right: 8, bottom: 0, left: 0 }}>
        <CartesianGrid vertical={false} stroke="#e3e3e3" />
        <XAxis dataKey="day" tickFormatter={(day: string) => shop.day(day)} minTickGap={48} stroke="#616161" fontSize={12} />
        <YAxis width={48} stroke="#616161" fontSize={12} />
        <Tooltip
          labelFormatter={(day) => (typeof day === 'string' ? shop.day(day) : '')}
          formatter={(value, name) => [units(Number(value)), name]}
        />
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
    </ChartCard>
  );
}
