import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { toDecimal } from '../core/money.ts';
import type { Invalid, Ok } from '../core/result.ts';
import { useShop } from './shop-context.tsx';

type Settings = { readonly marginFloor: number; readonly feeShare: number; readonly feeFixed: bigint };
const FIELDS = ['marginFloor', 'feeShare', 'feeFixed'] as const;

/** The margin that no offer goes below and what payments cost; the page's own action saves them under the intent "margins". */
export function MarginCard({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<Ok<unknown> | Invalid>();
  const [typed, setTyped] = useState(() => ({
    marginFloor: String(settings.marginFloor / 100),
    feeShare: String(settings.feeShare / 100),
    feeFixed: toDecimal(settings.feeFixed, shop.currency),
  }));
  const fields = fetcher.data?.kind === 'invalid' ? fetcher.data.fields : {};
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="margins" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('proof.economics')}
          </Text>
          <Text as="p" tone="subdued">
            {t('proof.economicsText')}
          </Text>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('proof.economicsSaved')} /> : null}
          <FormLayout>
            <FormLayout.Group>
              {FIELDS.map((field) => (
                <TextField
                  key={field}
                  label={t(`proof.${field}`)}
                  name={field}
                  value={typed[field]}
                  onChange={(value) => setTyped({ ...typed, [field]: value })}
                  prefix={field === 'feeFixed' ? shop.currency : '%'}
                  error={fields[field] ? t(fields[field]) : undefined}
                  autoComplete="off"
                />
              ))}
            </FormLayout.Group>
          </FormLayout>
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
