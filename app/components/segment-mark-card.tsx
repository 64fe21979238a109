import { useFetcher } from '@remix-run/react';
import { BlockStack, Button, Card, FormLayout, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useShop } from './shop-context.tsx';

type Marked = {
  readonly mark: { readonly as: string; readonly word: string } | null;
  readonly markedAt: Date | null;
  readonly name: string;
};
/** What came of saving: `fields` are message keys. */
type Saved =
  | { readonly kind: 'ok' }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> }
  | { readonly kind: string };

/** How a segment's customers are marked in the store, so that other tools can use it. */
export function SegmentMarkCard({ segment, marked }: { segment: Marked; marked: number }) {
  const { t } = useTranslation();
  const { submit, data, state } = useFetcher<Saved>();
  const [as, setAs] = useState(segment.mark?.as ?? '');
  const [word, setWord] = useState(segment.mark?.word ?? segment.name.replaceAll(',', ' ').slice(0, 40));
  const problem = data && 'fields' in data ? data.fields['word'] : undefined;
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('segments.mark')}
        </Text>
        <Text as="p">{t('segments.markText')}</Text>
        <FormLayout>
          <FormLayout.Group>
            <Select
              label={t('segments.markAs')}
              options={[
                { label: t('segments.markNone'), value: '' },
                { label: t('segments.markTag'), value: 'tag' },
                { label: t('segments.markMetafield'), value: 'metafield' },
              ]}
              value={as}
              onChange={setAs}
            />
            {as === '' ? null : (
              <TextField
                label={t(as === 'tag' ? 'segments.markTagWord' : 'segments.markWord')}
                value={word}
                onChange={setWord}
                error={problem ? t(problem) : undefined}
                helpText={as === 'tag' ? t('segments.markTagHelp') : t('segments.markMetafieldHelp')}
                autoComplete="off"
              />
            )}
          </FormLayout.Group>
        </FormLayout>
        <InlineStack gap="300" blockAlign="center">
          <Button loading={state !== 'idle'} onClick={() => submit({ intent: 'mark', as, word }, { method: 'post' })}>
            {t('segments.markSave')}
          </Button>
          <div aria-live="polite">
            <Standing segment={segment} marked={marked} isSaved={data?.kind === 'ok'} />
          </div>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

function Standing({ segment, marked, isSaved }: { segment: Marked; marked: number; isSaved: boolean }) {
  const { t } = useTranslation();
  const shop = useShop();
  const when = segment.markedAt ? shop.time(segment.markedAt) : t('segments.markSoon');
  return (
    <Text as="p" tone="subdued">
      {isSaved ? `${t('segments.saved')} ` : ''}
      {segment.mark ? t('segments.marked', { count: marked, when }) : null}
    </Text>
  );
}
