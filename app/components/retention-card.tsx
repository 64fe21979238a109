import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invalid, Ok } from '../core/result.ts';

const FIELDS = ['inboxDays', 'checkoutDays'] as const;
type Days = Record<(typeof FIELDS)[number], number>;

/** For how long what is no longer needed is kept; the page's own action saves it under the intent "retention". */
export function RetentionCard({ retention }: { retention: Days }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<Ok<unknown> | Invalid>();
  const [texts, setTexts] = useState({ inboxDays: String(retention.inboxDays), checkoutDays: String(retention.checkoutDays) });
  const wrong = fetcher.data?.kind === 'invalid' ? fetcher.data.fields : {};
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="retention" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('privacy.retention')}
          </Text>
          <p>{t('privacy.retentionText')}</p>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('privacy.retentionSaved')} /> : null}
          <FormLayout>
            <FormLayout.Group>
              {FIELDS.map((field) => (
                <TextField
                  key={field}
                  label={t(`privacy.${field}`)}
                  name={field}
                  value={texts[field]}
                  onChange={(text) => setTexts({ ...texts, [field]: text })}
                  autoComplete="off"
                  inputMode="numeric"
                  error={wrong[field] ? t(wrong[field]) : undefined}
                />
              ))}
            </FormLayout.Group>
          </FormLayout>
          <InlineStack>
            <Button submit loading={fetcher.state !== 'idle'} accessibilityLabel={`${t('app.save')}: ${t('privacy.retention')}`}>
              {t('app.save')}
            </Button>
          </InlineStack>
        </BlockStack>
      </fetcher.Form>
    </Card>
  );
}
