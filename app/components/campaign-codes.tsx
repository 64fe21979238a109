import { useFetcher, useSearchParams } from '@remix-run/react';
import { Badge, Banner, BlockStack, Button, Checkbox, InlineStack, Link, Modal, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReplaceOutcome, RevokeOutcome } from '../campaigns/index.server.ts';
import { ExportButton } from './export-button.tsx';
import { ListTable } from './list-table.tsx';
import { RevokeResult } from './revoke-form.tsx';
import { useShop } from './shop-context.tsx';

export type ShownCode = {
  code: string;
  status: string;
  /** The code that was taken back, in whose place it is. */
  replaces: string | null;
  customerId: bigint;
  customerName: string | null;
  email: string | null;
  orderId: bigint | null;
  orderName: string | null;
  revenue: bigint | null;
};

const STATUSES = ['issued', 'added', 'refused', 'revoking', 'revoked'] as const;

const statusOf = (row: ShownCode): 'redeemed' | (typeof STATUSES)[number] =>
  row.orderId !== null ? 'redeemed' : (STATUSES.find((status) => status === row.status) ?? 'added');

/** A page of a campaign's codes, with who got them and what they brought. */
export function CampaignCodes({ campaignId, rows, next }: { campaignId: number; rows: readonly ShownCode[]; next: bigint | null }) {
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  const codes = useCodeActions();
  const go = (change: Record<string, string>): void => {
    const wanted = new URLSearchParams(params);
    for (const [name, value] of Object.entries(change)) {
      if (value === '') wanted.delete(name);
      else wanted.set(name, value);
    }
    setParams(wanted);
  };
  return (
    <BlockStack gap="300">
      <InlineStack align="space-between" blockAlign="center" gap="200">
        <Text as="h2" variant="headingMd">
          {t('campaigns.codes')}
        </Text>
        <InlineStack gap="300" blockAlign="center">
          <Checkbox
            label={t('campaigns.redeemedOnly')}
            checked={params.get('redeemed') === 'on'}
            onChange={(checked) => go({ redeemed: checked ? 'on' : '', after: '' })}
          />
          <ExportButton list={`campaign-${campaignId}`} />
        </InlineStack>
      </InlineStack>
      {codes.told}
      <ListTable
        name={{ singular: t('campaigns.code'), plural: t('campaigns.codes') }}
        empty={{ title: t('campaigns.codesEmpty'), description: '' }}
        rows={rows}
        idOf={(row) => row.code}
        columns={[
          { title: t('campaigns.code'), cell: (row) => <Code row={row} /> },
          { title: t('campaigns.customer'), cell: (row) => <Customer row={row} /> },
          {
            title: t('campaigns.status'),
            cell: (row) => (
              <Badge tone={row.orderId === null ? undefined : 'success'}>{t(`campaigns.codeStatuses.${statusOf(row)}`)}</Badge>
            ),
          },
          {
            title: t('campaigns.order'),
            cell: (row) =>
              row.orderId === null ? '–' : <Link url={`/app/orders/${row.orderId}`}>{row.orderName ?? String(row.orderId)}</Link>,
          },
          { title: t('campaigns.revenue'), numeric: true, cell: (row) => (row.revenue === null ? '–' : shop.money(row.revenue)) },
          {
            title: '',
            cell: (row) => codes.button(row),
          },
        ]}
      />
      <InlineStack align="center" gap="200">
        {params.has('after') ? <Button onClick={() => window.history.back()}>{t('app.previous')}</Button> : null}
        {next === null ? null : <Button onClick={() => go({ after: String(next) })}>{t('app.next')}</Button>}
      </InlineStack>
      {codes.asked}
    </BlockStack>
  );
}

type CodeAction = 'revoke' | 'replace';
const ACTION_OF: Readonly<Partial<Record<ReturnType<typeof statusOf>, CodeAction>>> = { added: 'revoke', revoked: 'replace' };

/** What can be done with a code: take it back, and give another in its place. */
function useCodeActions() {
  const { t } = useTranslation();
  const [asking, setAsking] = useState<{ readonly action: CodeAction; readonly code: string } | null>(null);
  const fetcher = useFetcher<RevokeOutcome | ReplaceOutcome>();
  const words = { revoke: t('misuse.revokeOne'), replace: t('misuse.replace') };
  const code = asking?.code ?? '';
  const texts = { revoke: t('misuse.revokeOneText', { code }), replace: t('misuse.replaceText', { code }) };
  const action = asking?.action ?? 'revoke';
  const run = (): void => {
    fetcher.submit(action === 'revoke' ? { intent: 'revoke', codes: code } : { intent: 'replace', code }, { method: 'post' });
    setAsking(null);
  };
  return {
    told: <CodeResult outcome={fetcher.data} />,
    button(row: ShownCode) {
      const wanted = ACTION_OF[statusOf(row)];
      if (!wanted) return null;
      return (
        <Button
          variant="plain"
          tone={wanted === 'revoke' ? 'critical' : undefined}
          accessibilityLabel={`${words[wanted]}: ${row.code}`}
          onClick={() => setAsking({ action: wanted, code: row.code })}
        >
          {words[wanted]}
        </Button>
      );
    },
    asked: (
      <Modal
        open={asking !== null}
        onClose={() => setAsking(null)}
        title={words[action]}
        primaryAction={{ content: words[action], destructive: action === 'revoke', onAction: run }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setAsking(null) }]}
      >
        <Modal.Section>{texts[action]}</Modal.Section>
      </Modal>
    ),
  };
}

function CodeResult({ outcome }: { outcome: RevokeOutcome | ReplaceOutcome | undefined }) {
  const { t } = useTranslation();
  if (outcome?.kind === 'replaced') return <Banner tone="success" title={t('misuse.replaced', { code: outcome.code })} />;
  if (outcome?.kind === 'not-replaced') return <Banner tone="warning" title={t(`misuse.notReplaced.${outcome.reason}`)} />;
  return <RevokeResult outcome={outcome} />;
}

function Code({ row: { code, replaces } }: { row: ShownCode }) {
  const { t } = useTranslation();
  return (
    <BlockStack>
      <span style={{ fontFamily: 'var(--p-font-family-mono)' }}>{code}</span>
      {replaces === null ? null : (
        <Text as="span" tone="subdued">
          {t('misuse.inPlaceOf', { code: replaces })}
        </Text>
      )}
    </BlockStack>
  );
}

function Customer({ row }: { row: ShownCode }) {
  const { t } = useTranslation();
  const name = row.customerName ?? row.email ?? t('customers.noName', { id: String(row.customerId) });
  return <Link url={`/app/customers/${row.customerId}`}>{name}</Link>;
}
