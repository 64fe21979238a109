import { Banner, BlockStack, Card, InlineStack, ProgressBar, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';

export type Progress = { kind: string | null; done: number; of: number };

/** What is asked for now, and how much is left. `null`: asked for, and not begun yet. */
export function SyncProgress({ progress }: { progress: Progress | null }) {
  const { t } = useTranslation();
  const words = progress?.kind ? t('sync.asking', { kind: t(`home.kinds.${progress.kind}`) }) : t('sync.waiting');
  const percent = progress ? Math.round((progress.done / progress.of) * 100) : 0;
  return (
    <Card>
      <BlockStack gap="200">
        <InlineStack align="space-between">
          <output>{words}</output>
          <Text as="p" tone="subdued">
            {t('sync.part', { done: progress?.done ?? 0, of: progress?.of ?? 6 })}
          </Text>
        </InlineStack>
        <ProgressBar progress={percent} size="small" tone="primary" />
      </BlockStack>
    </Card>
  );
}

/** Kinds that the store could not be asked for, each with its reason. */
export function SyncErrors({ kinds }: { kinds: readonly { kind: string; error: string | null }[] }) {
  const { t } = useTranslation();
  const failed = kinds.filter((kind) => kind.error !== null);
  if (failed.length === 0) return null;
  return (
    <Banner tone="critical" title={t('sync.failed')}>
      <BlockStack gap="100">
        {failed.map(({ kind, error }) => (
          <p key={kind}>
            {t(`home.kinds.${kind}`)}: {error}
          </p>
        ))}
        <p>{t('sync.failedText')}</p>
      </BlockStack>
    </Banner>
  );
}
