import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, InlineStack, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ListTable } from './list-table.tsx';
import { useShop } from './shop-context.tsx';

type Made = { readonly kind: 'made'; readonly name: string; readonly key: string; readonly secret: string };
type KeyAnswer =
  | Made
  | { readonly kind: 'revoked' | 'unknown' }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
type Key = { readonly id: number; readonly key: string; readonly name: string; readonly createdAt: Date; readonly usedAt: Date | null };

/** The keys by which other tools sign, a way to make one and to revoke one; the page's action does both. */
export function EventKeysCard({ keys }: { keys: readonly Key[] }) {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<KeyAnswer>();
  const answer = fetcher.data;
  const made = answer?.kind === 'made' ? answer : null;
  const busy = fetcher.state !== 'idle';
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {t('events.keys')}
        </Text>
        <Text as="p" tone="subdued">
          {t('events.keysText')}
        </Text>
        {made ? <Secret made={made} /> : null}
        {answer?.kind === 'revoked' ? <Banner tone="success" title={t('events.revoked')} /> : null}
        {keys.length === 0 ? (
          <Text as="p">{t('events.none')}</Text>
        ) : (
          <ListTable
            name={{ singular: t('events.key'), plural: t('events.keys') }}
            rows={keys}
            idOf={({ id }) => id}
            columns={[
              { title: t('events.name'), cell: ({ name }) => name },
              { title: t('events.key'), cell: ({ key }) => key },
              { title: t('events.since'), cell: ({ createdAt }) => shop.date(createdAt) },
              { title: t('events.used'), cell: ({ usedAt }) => (usedAt ? shop.time(usedAt) : t('events.never')) },
              {
                title: t('events.revoke'),
                cell: ({ id, name }) => (
                  <Button
                    variant="plain"
                    tone="critical"
                    accessibilityLabel={`${t('events.revoke')}: ${name}`}
                    onClick={() => fetcher.submit({ intent: 'revoke', id: String(id) }, { method: 'post' })}
                  >
                    {t('events.revoke')}
                  </Button>
                ),
              },
            ]}
          />
        )}
        <NewKey
          key={made?.key ?? ''}
          error={answer?.kind === 'invalid' && answer.fields['name'] ? t(answer.fields['name']) : undefined}
          busy={busy}
          onMake={(name) => fetcher.submit({ intent: 'make', name }, { method: 'post' })}
        />
      </BlockStack>
    </Card>
  );
}

function Secret({ made }: { made: Made }) {
  const { t } = useTranslation();
  return (
    <BlockStack gap="200">
      <Banner tone="warning" title={t('events.made', { name: made.name })}>
        <p>{t('events.once')}</p>
      </Banner>
      <TextField label={t('events.key')} value={made.key} readOnly autoComplete="off" />
      <TextField label={t('events.secret')} value={made.secret} readOnly autoComplete="off" monospaced />
    </BlockStack>
  );
}

function NewKey({ error, busy, onMake }: { error: string | undefined; busy: boolean; onMake: (name: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  return (
    <InlineStack gap="200" blockAlign="end">
      <TextField label={t('events.name')} value={name} onChange={setName} error={error} maxLength={100} autoComplete="off" />
      <Button loading={busy} onClick={() => onMake(name)}>
        {t('events.make')}
      </Button>
    </InlineStack>
  );
}
