import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, InlineStack, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MemberPage } from '../loyalty/index.server.ts';
import { useShop } from './shop-context.tsx';

type Answer = { readonly kind: 'ok' | 'gone' } | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };

/** Tiers that staff gave, with a way to take them back and to give one. */
export function TierGiven({ member }: { member: MemberPage }) {
  const { t } = useTranslation();
  const shop = useShop();
  const taking = useFetcher<Answer>();
  const giving = useFetcher<Answer>();
  const { grants, tiers } = member;
  const fields = giving.data?.kind === 'invalid' ? giving.data.fields : {};
  if (tiers.length === 0) return null;
  return (
    <BlockStack gap="300">
      {grants.length > 0 ? (
        <BlockStack gap="200">
          <Text as="h3" variant="headingSm">
            {t('tiers.given')}
          </Text>
          {grants.map((grant) => (
            <InlineStack key={grant.id} align="space-between" blockAlign="center" gap="200">
              <Text as="span">
                {grant.tier?.name ?? t('loyalty.noTier')}
                {grant.until ? ` · ${shop.date(new Date(grant.until.getTime() - 1))}` : ''}
                {grant.reason ? ` · ${grant.reason}` : ''}
              </Text>
              <Button
                loading={taking.state !== 'idle'}
                onClick={() => taking.submit({ intent: 'take-tier', grant: grant.id }, { method: 'post' })}
                accessibilityLabel={`${t('tiers.take')}: ${grant.tier?.name ?? ''}`}
              >
                {t('tiers.take')}
              </Button>
            </InlineStack>
          ))}
        </BlockStack>
      ) : null}
      {taking.data?.kind === 'ok' ? <Banner tone="success" title={t('tiers.took')} /> : null}
      {giving.data?.kind === 'ok' ? <Banner tone="success" title={t('tiers.gave')} /> : null}
      <GiveFields
        key={grants.at(-1)?.id ?? ''}
        tiers={tiers}
        fields={fields}
        busy={giving.state !== 'idle'}
        onSend={(typed) => giving.submit({ intent: 'give-tier', ...typed }, { method: 'post' })}
      />
    </BlockStack>
  );
}

type Typed = { readonly tier: string; readonly until: string; readonly reason: string };
type FieldsProps = {
  readonly tiers: MemberPage['tiers'];
  readonly fields: Readonly<Record<string, string>>;
  readonly busy: boolean;
  readonly onSend: (typed: Typed) => void;
};

function GiveFields({ tiers, fields, busy, onSend }: FieldsProps) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState<Typed>({ tier: String(tiers.at(-1)?.id ?? ''), until: '', reason: '' });
  const wrong = (name: string): string | undefined => (fields[name] ? t(fields[name]) : undefined);
  return (
    <BlockStack gap="200">
      <Text as="h3" variant="headingSm">
        {t('tiers.give')}
      </Text>
      <Select
        label={t('tiers.tier')}
        options={tiers.map(({ id, name }) => ({ value: String(id), label: name }))}
        value={typed.tier}
        onChange={(tier) => setTyped({ ...typed, tier })}
        error={wrong('tier')}
        helpText={t('tiers.giveNote')}
      />
      <TextField
        type="date"
        label={t('tiers.until')}
        helpText={t('tiers.untilHelp')}
        value={typed.until}
        onChange={(until) => setTyped({ ...typed, until })}
        error={wrong('until')}
        autoComplete="off"
      />
      <TextField
        label={t('tiers.reason')}
        value={typed.reason}
        onChange={(reason) => setTyped({ ...typed, reason })}
        error={wrong('reason')}
        autoComplete="off"
        maxLength={500}
      />
      <InlineStack>
        <Button loading={busy} onClick={() => onSend(typed)}>
          {t('tiers.give')}
        </Button>
      </InlineStack>
    </BlockStack>
  );
}
