import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiabilityPage } from '../loyalty/index.server.ts';
import { useShop } from './shop-context.tsx';

type Answer = { readonly kind: 'ok' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

/** Which share of points is ever spent, and how that is known. */
export function BreakageCard({ page }: { page: LiabilityPage }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<Answer>();
  const { estimate, setting } = page;
  const share = (hundredths: number): string => shop.number(hundredths / 100);
  const words =
    estimate.kind === 'none'
      ? t(`liability.none.${estimate.why}`, { months: shop.number(Math.max(0, estimate.months)) })
      : t('liability.estimated', {
          redemption: share(estimate.redemption),
          breakage: share(10_000 - estimate.redemption),
          months: shop.number(estimate.cohorts),
          sampled: shop.number(setting.sampled),
          members: shop.number(setting.members),
        });
  return (
    <Card>
      <BlockStack gap="200">
        <Text as="h2" variant="headingMd">
          {t('liability.estimate')}
        </Text>
        <Text as="p">{words}</Text>
        {setting.redemption === null ? null : <Text as="p">{t('liability.own', { redemption: share(setting.redemption) })}</Text>}
        <Text as="p" tone="subdued">
          {setting.estimatedAt ? t('liability.seen', { at: shop.time(setting.estimatedAt) }) : t('liability.never')}
        </Text>
        {fetcher.data?.kind === 'ok' ? <Banner tone="info" title={t('liability.looking')} /> : null}
        <InlineStack>
          <Button loading={fetcher.state !== 'idle'} onClick={() => fetcher.submit({ intent: 'estimate' }, { method: 'post' })}>
            {t('liability.look')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

/** Says what points are worth. */
export function ValuationCard({ setting }: { setting: LiabilityPage['setting'] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<Answer>();
  const [typed, setTyped] = useState({
    perHundred: setting.perHundred === null ? '' : shop.decimal(setting.perHundred),
    redemption: setting.redemption === null ? '' : String(setting.redemption / 100),
  });
  const answer = fetcher.data;
  const fields = answer?.kind === 'invalid' ? answer.fields : {};
  const wrong = (name: string): string | undefined => (fields[name] ? t(fields[name]) : undefined);
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('liability.setting')}
        </Text>
        {answer?.kind === 'ok' ? <Banner tone="success" title={t('liability.saved')} /> : null}
        <FormLayout>
          <FormLayout.Group>
            <TextField
              label={t('liability.perHundred')}
              helpText={t('liability.perHundredHelp')}
              prefix={shop.currency}
              inputMode="decimal"
              value={typed.perHundred}
              onChange={(perHundred) => setTyped({ ...typed, perHundred })}
              error={wrong('perHundred')}
              autoComplete="off"
            />
            <TextField
              label={t('liability.redemption')}
              helpText={t('liability.redemptionHelp')}
              suffix="%"
              inputMode="decimal"
              value={typed.redemption}
              onChange={(redemption) => setTyped({ ...typed, redemption })}
              error={wrong('redemption')}
              autoComplete="off"
            />
          </FormLayout.Group>
        </FormLayout>
        <InlineStack>
          <Button loading={fetcher.state !== 'idle'} onClick={() => fetcher.submit({ intent: 'value', ...typed }, { method: 'post' })}>
            {t('liability.save')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}
