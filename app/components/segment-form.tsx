import { Banner, BlockStack, Card, TextField } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { SaveOutcome } from '../audience/index.server.ts';
import { SegmentEditor } from './segment-editor.tsx';

export type SegmentTexts = { readonly name: string; readonly query: string };

/** Name and query of a segment, with what a save said of them. */
export function SegmentFields({
  texts,
  onChange,
  outcome,
}: {
  texts: SegmentTexts;
  onChange: (texts: SegmentTexts) => void;
  outcome: SaveOutcome | undefined;
}) {
  const { t } = useTranslation();
  const wrongName = outcome?.kind === 'invalid' ? outcome.fields['name'] : undefined;
  return (
    <BlockStack gap="400">
      <SaveBanner outcome={outcome} />
      <Card>
        <BlockStack gap="400">
          <TextField
            label={t('segments.name')}
            name="name"
            value={texts.name}
            maxLength={100}
            onChange={(name) => onChange({ ...texts, name })}
            error={wrongName ? t(wrongName) : undefined}
            autoComplete="off"
          />
          <SegmentEditor name="query" value={texts.query} onChange={(query) => onChange({ ...texts, query })} />
        </BlockStack>
      </Card>
    </BlockStack>
  );
}

/** What is wrong with the text itself the editor shows beside it. */
function SaveBanner({ outcome }: { outcome: SaveOutcome | undefined }) {
  const { t } = useTranslation();
  switch (outcome?.kind) {
    case 'ok':
      return <Banner tone="success" title={t('segments.saved')} />;
    case 'stale':
      return <Banner tone="warning" title={t('segments.stale')} />;
    case 'gone':
      return <Banner tone="critical" title={t('segments.gone')} />;
    case 'imported':
      return <Banner tone="warning" title={t('segments.imported')} />;
    default:
      return null;
  }
}
