import { useFetcher } from '@remix-run/react';
import { BlockStack, Button, Card, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Simulated } from '../loyalty/index.server.ts';
import { pickFrom } from './campaign-offer-fields.tsx';
import { useShop } from './shop-context.tsx';

type Row = { readonly id: string; readonly title: string; readonly pieces: string };

/** What a customer would earn by buying some goods now. */
export function SimulateCard() {
  const { t } = useTranslation();
  const fetcher = useFetcher<Simulated>();
  const [rows, setRows] = useState<readonly Row[]>([]);
  const pick = async (): Promise<void> => {
    const chosen = await pickFrom(
      'product',
      rows.map(({ id }) => id),
    );
    if (chosen) setRows(chosen.map((one) => ({ ...one, pieces: rows.find(({ id }) => id === one.id)?.pieces ?? '1' })));
  };
  const cart = JSON.stringify(rows.map(({ id, pieces }) => ({ product: id, pieces })));
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('points.simulate.title')}
        </Text>
        {rows.map((row) => (
          <TextField
            key={row.id}
            label={row.title}
            type="number"
            min={1}
            max={1_000}
            value={row.pieces}
            onChange={(pieces) => setRows(rows.map((each) => (each.id === row.id ? { ...each, pieces } : each)))}
            autoComplete="off"
          />
        ))}
        <InlineStack gap="200">
          <Button onClick={() => void pick()}>{t('points.simulate.pick')}</Button>
          {rows.length > 0 ? (
            <Button loading={fetcher.state !== 'idle'} onClick={() => fetcher.submit({ intent: 'simulate', cart }, { method: 'post' })}>
              {t('points.simulate.go')}
            </Button>
          ) : null}
        </InlineStack>
        {fetcher.data ? <Outcome simulated={fetcher.data} /> : null}
      </BlockStack>
    </Card>
  );
}

function Outcome({ simulated }: { simulated: Simulated }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (simulated.kind === 'none')
    return (
      <Text as="p" tone="critical">
        {t(`points.simulate.${simulated.why}`)}
      </Text>
    );
  const { worth, earned, availableAt } = simulated;
  const sum = earned.reduce((points, each) => points + each.points, 0);
  return (
    <BlockStack gap="100">
      <Text as="p" fontWeight="semibold">
        {t('points.simulate.earns', { points: shop.number(sum), worth: shop.money(worth) })}
      </Text>
      {earned.map(({ cause, points }) => (
        <InlineStack key={cause} align="space-between">
          <Text as="span">{t(`points.causes.${cause}`)}</Text>
          <Text as="span" numeric>
            {shop.number(points)}
          </Text>
        </InlineStack>
      ))}
      {availableAt && sum > 0 ? (
        <Text as="p" tone="subdued">
          {t('points.simulate.available', { day: shop.date(availableAt) })}
        </Text>
      ) : null}
    </BlockStack>
  );
}
