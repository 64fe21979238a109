import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, Checkbox, DataTable, InlineGrid, InlineStack, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportsPage } from '../loyalty/index.server.ts';
import { FigureCard } from './figure-card.tsx';
import { useShop } from './shop-context.tsx';

export type ImportAnswer = { readonly kind: 'ok' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
type Draft = ImportsPage['imports'][number];

/** What a file would do: nothing of it is booked yet. */
export function ImportDraft({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<ImportAnswer>();
  const [agreed, setAgreed] = useState(false);
  const answer = fetcher.data;
  const send = (intent: string): void => {
    fetcher.submit({ intent, import: String(draft.id), agreed: agreed ? 'yes' : '' }, { method: 'post' });
  };
  const kinds = draft.ignored.map((kind) => t(`pointsImport.left.${kind}`)).join('; ');
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('pointsImport.draft')}
        </Text>
        <InlineGrid columns={{ xs: 2, md: 6 }} gap="300">
          {(['rows', 'matched', 'unmatched', 'wrong', 'zero', 'points'] as const).map((name) => (
            <FigureCard key={name} label={t(`pointsImport.${name}`)} value={shop.number(Number(draft[name]))} />
          ))}
        </InlineGrid>
        {kinds === '' ? null : <Text as="p">{t('pointsImport.ignored', { kinds })}</Text>}
        {draft.problems.length > 0 ? <Problems draft={draft} /> : null}
        {draft.twin ? (
          <Banner tone="warning" title={t('pointsImport.twin', { day: shop.time(draft.twin) })}>
            <Checkbox label={t('pointsImport.twinAgree')} checked={agreed} onChange={setAgreed} />
          </Banner>
        ) : null}
        {answer?.kind === 'invalid' ? <Banner tone="critical" title={t(answer.fields['import'] ?? '')} /> : null}
        {draft.matched === 0 ? <Banner tone="info" title={t('pointsImport.nothing')} /> : null}
        <InlineStack gap="200">
          {draft.matched === 0 ? null : (
            <Button
              variant="primary"
              loading={fetcher.state !== 'idle'}
              disabled={draft.twin !== null && !agreed}
              onClick={() => send('confirm')}
            >
              {t('pointsImport.confirm', { points: shop.number(Number(draft.points)) })}
            </Button>
          )}
          <Button disabled={fetcher.state !== 'idle'} onClick={() => send('discard')}>
            {t('pointsImport.discard')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

function Problems({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const shop = useShop();
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {t('pointsImport.problems')}
      </Text>
      <DataTable
        columnContentTypes={['numeric', 'text', 'text']}
        headings={[t('pointsImport.line'), t('pointsImport.column'), t('pointsImport.reason')]}
        rows={draft.problems.map(({ line, column, reason, of }) => [
          shop.number(line),
          column === null ? '' : t(`pointsImport.fields.${column}`),
          t(`pointsImport.reasons.${reason}`, { of: shop.number(of ?? 0) }),
        ])}
      />
      {draft.unmatched + draft.wrong > draft.problems.length ? (
        <Text as="p" tone="subdued">
          {t('pointsImport.problemsMore', { count: draft.problems.length })}
        </Text>
      ) : null}
    </BlockStack>
  );
}
