import { useFetcher } from '@remix-run/react';
import { BlockStack, Box, Button, Card, Checkbox, InlineStack, Link, ProgressBar, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ImportsPage } from '../loyalty/index.server.ts';
import type { ImportAnswer } from './points-import-draft.tsx';
import { useShop } from './shop-context.tsx';

type Past = ImportsPage['imports'][number];

/** What was imported, how far it is, and a way back. */
export function PastImports({ imports, belowZero }: { imports: readonly Past[]; belowZero: boolean }) {
  const { t } = useTranslation();
  return (
    <Card>
      <BlockStack gap="400">
        <Text as="h2" variant="headingMd">
          {t('pointsImport.past')}
        </Text>
        {imports.map((each) => (
          <PastImport key={each.id} past={each} belowZero={belowZero} />
        ))}
      </BlockStack>
    </Card>
  );
}

function PastImport({ past, belowZero }: { past: Past; belowZero: boolean }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [asks, setAsks] = useState(false);
  const { id, status, done, matched, points, short, kept } = past;
  const runs = status === 'booking' || status === 'undoing';
  return (
    <BlockStack gap="150">
      <InlineStack align="space-between" gap="200">
        <BlockStack gap="050">
          <Text as="h3" variant="headingSm">
            {t('pointsImport.number', { id: shop.number(id) })}
          </Text>
          <Text as="p">{t('pointsImport.summary', { points: shop.number(Number(points)), count: matched })}</Text>
          <Text as="p" tone="subdued">
            {[
              past.at ? shop.time(past.at) : '',
              t(`pointsImport.statuses.${status}`, { done: shop.number(done), all: shop.number(matched) }),
            ]
              .filter(Boolean)
              .join(' · ')}
          </Text>
          {status === 'undone' && short > 0 ? (
            <Text as="p">{t('pointsImport.undone', { count: short, kept: shop.number(Number(kept)) })}</Text>
          ) : null}
        </BlockStack>
        {status === 'booked' && !asks ? (
          <Button
            onClick={() => setAsks(true)}
            accessibilityLabel={`${t('pointsImport.undo')}: ${t('pointsImport.number', { id: shop.number(id) })}`}
          >
            {t('pointsImport.undo')}
          </Button>
        ) : null}
      </InlineStack>
      {runs ? <ProgressBar progress={(done / Math.max(1, matched)) * 100} ariaLabelledBy={undefined} size="small" /> : null}
      {status === 'booked' && asks ? <Undo past={past} belowZero={belowZero} onKeep={() => setAsks(false)} /> : null}
    </BlockStack>
  );
}

function Undo({ past, belowZero, onKeep }: { past: Past; belowZero: boolean; onKeep: () => void }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<ImportAnswer>();
  const [agreed, setAgreed] = useState(false);
  const short = past.wouldBeShort?.customers ? past.wouldBeShort : null;
  const answer = fetcher.data;
  return (
    <Box padding="300" background="bg-surface-caution" borderRadius="200">
      <BlockStack gap="200">
        <Text as="h4" variant="headingSm">
          {t('pointsImport.undoTitle', { id: shop.number(past.id) })}
        </Text>
        <Text as="p">{t('pointsImport.undoText')}</Text>
        {short ? (
          <>
            <Text as="p">{t('pointsImport.undoShort', { count: short.customers, points: shop.number(Number(short.points)) })}</Text>
            <Text as="p">{t(belowZero ? 'pointsImport.undoBelow' : 'pointsImport.undoForgiven')}</Text>
            <InlineStack gap="200">
              {short.some.map((customer) => (
                <Link key={String(customer)} url={`/app/customers/${customer}`}>
                  {t('pointsImport.customer', { id: String(customer) })}
                </Link>
              ))}
            </InlineStack>
            <Checkbox label={t('pointsImport.undoAgree')} checked={agreed} onChange={setAgreed} />
          </>
        ) : null}
        {answer?.kind === 'invalid' ? (
          <Text as="p" tone="critical">
            {t(answer.fields['import'] ?? '')}
          </Text>
        ) : null}
        <InlineStack gap="200">
          <Button
            tone="critical"
            loading={fetcher.state !== 'idle'}
            disabled={short !== null && !agreed}
            onClick={() => fetcher.submit({ intent: 'undo', import: String(past.id), agreed: agreed ? 'yes' : '' }, { method: 'post' })}
          >
            {t('pointsImport.undo')}
          </Button>
          <Button onClick={onKeep}>{t('pointsImport.undoCancel')}</Button>
        </InlineStack>
      </BlockStack>
    </Box>
  );
}
