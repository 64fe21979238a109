import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, InlineStack, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invalid, Ok } from '../core/result.ts';

/** Days from ordering to goods on the shelf; the page's own action saves them under the intent "leadTime". */
export function LeadTimeCard({ label, help, days }: { label: string; help: string; days: number | null }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<Ok<unknown> | Invalid>();
  const [text, setText] = useState(days === null ? '' : String(days));
  const wrong = fetcher.data?.kind === 'invalid' ? fetcher.data.fields['leadTimeDays'] : undefined;
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="leadTime" />
        <BlockStack gap="300">
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('inventory.leadTimeSaved')} /> : null}
          <TextField
            label={label}
            name="leadTimeDays"
            value={text}
            onChange={setText}
            autoComplete="off"
            inputMode="numeric"
            helpText={help}
            error={wrong ? t(wrong) : undefined}
          />
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
