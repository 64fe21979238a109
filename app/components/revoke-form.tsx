import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RevokeOutcome } from '../campaigns/index.server.ts';
import { PageSection } from './page-section.tsx';

/** Takes back codes that somebody pastes. */
export function RevokeForm() {
  const { t } = useTranslation();
  const fetcher = useFetcher<RevokeOutcome>();
  const [codes, setCodes] = useState('');
  const outcome = fetcher.data;
  const wrong = outcome?.kind === 'empty' ? t('misuse.empty') : outcome?.kind === 'too-many' ? t('misuse.tooMany') : undefined;
  return (
    <PageSection title={t('misuse.revoke')} text={t('misuse.revokeText')}>
      <Card>
        <BlockStack gap="300">
          <RevokeResult outcome={outcome} />
          <TextField
            label={t('misuse.revokeLabel')}
            helpText={t('misuse.revokeHelp')}
            value={codes}
            onChange={setCodes}
            error={wrong}
            multiline={2}
            autoComplete="off"
          />
          <InlineStack align="end">
            <Button
              tone="critical"
              loading={fetcher.state !== 'idle'}
              onClick={() => fetcher.submit({ intent: 'revoke', codes }, { method: 'post' })}
            >
              {t('misuse.revoke')}
            </Button>
          </InlineStack>
        </BlockStack>
      </Card>
    </PageSection>
  );
}

/** What became of the codes. */
export function RevokeResult({ outcome }: { outcome: RevokeOutcome | undefined }) {
  const { t } = useTranslation();
  if (outcome?.kind !== 'ok') return null;
  const { revoked, used, idle, unknown } = outcome;
  const rest = [
    ...(used.length > 0 ? [t('misuse.used', { codes: used.join(', ') })] : []),
    ...(idle.length > 0 ? [t('misuse.idle', { codes: idle.join(', ') })] : []),
    ...(unknown.length > 0 ? [t('misuse.unknown', { codes: unknown.join(', ') })] : []),
  ];
  return (
    <Banner tone={revoked.length > 0 ? 'success' : 'warning'}>
      {revoked.length > 0 ? <Text as="p">{t('misuse.revoked', { count: revoked.length })}</Text> : null}
      {rest.map((line) => (
        <Text as="p" key={line}>
          {line}
        </Text>
      ))}
    </Banner>
  );
}
