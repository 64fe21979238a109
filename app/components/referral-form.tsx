import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReferralForm as Typed } from '../loyalty/referral/referral.ts';
import { useShop } from './shop-context.tsx';

export type ReferralAnswer = { readonly kind: 'ok' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
type TextName = Exclude<keyof Typed, 'active' | 'kind'>;

/** What members and their friends are promised. */
export function ReferralForm({ start }: { start: Typed }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<ReferralAnswer>();
  const [typed, setTyped] = useState(start);
  const answer = fetcher.data;
  const fields = answer?.kind === 'invalid' ? answer.fields : {};
  const field = (name: TextName, more: { help?: string; prefix?: string } = {}) => (
    <TextField
      label={t(`referral.${name}`)}
      value={typed[name]}
      onChange={(value) => setTyped({ ...typed, [name]: value })}
      error={fields[name] ? t(fields[name]) : undefined}
      helpText={more.help}
      prefix={more.prefix}
      autoComplete="off"
    />
  );
  return (
    <Card>
      <BlockStack gap="300">
        {answer?.kind === 'ok' ? <Banner tone="success" title={t('referral.saved')} /> : null}
        <FormLayout>
          <Checkbox label={t('referral.active')} checked={typed.active} onChange={(active) => setTyped({ ...typed, active })} />
          <Text as="h2" variant="headingMd">
            {t('referral.friend')}
          </Text>
          <FormLayout.Group>
            <Select
              label={t('referral.kind')}
              options={(['percent', 'amount'] as const).map((value) => ({ value, label: t(`referral.kinds.${value}`) }))}
              value={typed.kind}
              onChange={(kind) => setTyped({ ...typed, kind })}
            />
            {typed.kind === 'amount' ? field('amount', { prefix: shop.currency }) : field('percent')}
            {field('minimum', { help: t('referral.minimumHelp'), prefix: shop.currency })}
          </FormLayout.Group>
          <Text as="h2" variant="headingMd">
            {t('referral.points')}
          </Text>
          <FormLayout.Group>
            {field('referrerPoints')}
            {field('friendPoints')}
            {field('days', { help: t('referral.daysHelp') })}
          </FormLayout.Group>
        </FormLayout>
        <InlineStack>
          <Button
            variant="primary"
            loading={fetcher.state !== 'idle'}
            onClick={() => fetcher.submit({ intent: 'save', referral: JSON.stringify(typed) }, { method: 'post' })}
          >
            {t('referral.save')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}
