import { useFetcher, useSearchParams } from '@remix-run/react';
import { Badge, BlockStack, Button, Checkbox, InlineStack, Link, Modal, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RevokeOutcome } from '../campaigns/index.server.ts';
import { ExportButton } from './export-button.tsx';
import { ListTable } from './list-table.tsx';
import { RevokeResult } from './revoke-form.tsx';
import { useShop } from './shop-context.tsx';

export type ShownCode = {
  code: string;
  status: string;
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
  const [revoking, setRevoking] = useState<string | null>(null);
  const fetcher = useFetcher<RevokeOutcome>();
  const revoke = (): void => {
    fetcher.submit({ intent: 'revoke', codes: revoking ?? '' }, { method: 'post' });
    setRevoking(null);
  };
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
      <RevokeResult outcome={fetcher.data} />
      <ListTable
        name={{ singular: t('campaigns.code'), plural: t('campaigns.codes') }}
        empty={{ title: t('campaigns.codesEmpty'), description: '' }}
        rows={rows}
        idOf={(row) => row.code}
        columns={[
          { title: t('campaigns.code'), cell: (row) => <span style={{ fontFamily: 'var(--p-font-family-mono)' }}>{row.code}</span> },
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
            cell: (row) =>
              statusOf(row) === 'added' ? (
                <Button
                  variant="plain"
                  tone="critical"
                  accessibilityLabel={`${t('misuse.revokeOne')}: ${row.code}`}
                  onClick={() => setRevoking(row.code)}
                >
                  {t('misuse.revokeOne')}
                </Button>
              ) : null,
          },
        ]}
      />
      <InlineStack align="center" gap="200">
        {params.has('after') ? <Button onClick={() => window.history.back()}>{t('app.previous')}</Button> : null}
        {next === null ? null : <Button onClick={() => go({ after: String(next) })}>{t('app.next')}</Button>}
      </InlineStack>
      <Modal
        open={revoking !== null}
        onClose={() => setRevoking(null)}
        title={t('misuse.revokeOne')}
        primaryAction={{ content: t('misuse.revokeOne'), destructive: true, onAction: revoke }}
        secondaryActions={[{ content: t('app.cancel'), onAction: () => setRevoking(null) }]}
      >
        <Modal.Section>{t('misuse.revokeOneText', { code: revoking ?? '' })}</Modal.Section>
      </Modal>
    </BlockStack>
  );
}

function Customer({ row }: { row: ShownCode }) {
  const { t } = useTranslation();
  const name = row.customerName ?? row.email ?? t('customers.noName', { id: String(row.customerId) });
  return <Link url={`/app/customers/${row.customerId}`}>{name}</Link>;
}
