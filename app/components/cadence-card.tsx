import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, FormLayout, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Invalid, Ok } from '../core/result.ts';

const FIELDS = ['mostOffers', 'capDays', 'quietFrom', 'quietTo'] as const;
type Cadence = Readonly<Record<(typeof FIELDS)[number], number | null>>;
const HELP = { mostOffers: 'standing.mostHelp', capDays: null, quietFrom: 'standing.quietHelp', quietTo: null } as const;

/** How often anybody is made an offer, and when nobody is written to; the page's own action saves it under the intent "cadence". */
export function CadenceCard({ cadence }: { cadence: Cadence }) {
  const { t } = useTranslation();
  const fetcher = useFetcher<Ok<unknown> | Invalid>();
  const [typed, setTyped] = useState(() => {
    const text = (field: (typeof FIELDS)[number]): string => String(cadence[field] ?? '');
    return { mostOffers: text('mostOffers'), capDays: text('capDays'), quietFrom: text('quietFrom'), quietTo: text('quietTo') };
  });
  const fields = fetcher.data?.kind === 'invalid' ? fetcher.data.fields : {};
  return (
    <Card>
      <fetcher.Form method="post">
        <input type="hidden" name="intent" value="cadence" />
        <BlockStack gap="300">
          <Text as="h2" variant="headingMd">
            {t('standing.cadence')}
          </Text>
          <Text as="p" tone="subdued">
            {t('standing.cadenceText')}
          </Text>
          {fetcher.data?.kind === 'ok' ? <Banner tone="success" title={t('standing.saved')} /> : null}
          <FormLayout>
            <FormLayout.Group>
              {FIELDS.map((field) => (
                <TextField
                  key={field}
                  label={t(`standing.${field}`)}
                  name={field}
                  value={typed[field]}
                  onChange={(value) => setTyped({ ...typed, [field]: value })}
                  error={fields[field] ? t(fields[field]) : undefined}
                  helpText={HELP[field] ? t(HELP[field]) : undefined}
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
