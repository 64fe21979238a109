import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TierDiscountPage } from '../loyalty/index.server.ts';

type Answer = { readonly kind: 'ok' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
type List = 'tags' | 'collections' | 'products';

/** The tiers' discount at the checkout: on or off, and what it leaves out; the page's own action saves it under "tierDiscount". */
export function TierDiscountCard({ wish, state }: TierDiscountPage) {
  const { t } = useTranslation();
  const fetcher = useFetcher<Answer>();
  const [lists, setLists] = useState(() => ({
    tags: wish.tags.join(', '),
    collections: wish.collections.join(', '),
    products: wish.products.join(', '),
  }));
  const [marks, setMarks] = useState({ isOn: wish.isOn, combines: wish.combines, holdersOnly: wish.holdersOnly });
  const fields: Readonly<Record<string, string>> = fetcher.data?.kind === 'invalid' ? fetcher.data.fields : {};
  const list = (name: List, help: string) => (
    <TextField
      label={t(`tierDiscount.${name}`)}
      helpText={help}
      name={name}
      value={lists[name]}
      onChange={(value) => setLists({ ...lists, [name]: value })}
      error={fields[name] ? t(fields[name]) : undefined}
      autoComplete="off"
    />
  );
  const mark = (name: keyof typeof marks, label: string, help?: string) => (
    <Checkbox
      label={label}
      helpText={help}
      name={name}
      value="on"
      checked={marks[name]}
      onChange={(value) => setMarks({ ...marks, [name]: value })}
    />
  );
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="tierDiscount" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('tierDiscount.title')}
          </Text>
          <Text as="p" tone="subdued">
            {t('tierDiscount.text')}
          </Text>
          <Text as="p" tone={state === 'refused' ? 'critical' : undefined}>
            {t(`tierDiscount.states.${state}`)}
          </Text>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('tierDiscount.saved')} /> : null}
          {mark('isOn', t('tierDiscount.on'))}
          {list('tags', t('tierDiscount.tagsHelp'))}
          {list('collections', t('tierDiscount.numbersHelp'))}
          {list('products', t('tierDiscount.numbersHelp'))}
          {mark('combines', t('tierDiscount.combines'))}
          {mark('holdersOnly', t('tierDiscount.holdersOnly'), t('tierDiscount.holdersOnlyHelp'))}
          <InlineStack>
            <Button submit loading={fetcher.state !== 'idle'}>
              {t('app.save')}
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  );
}
