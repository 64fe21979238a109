import { useSearchParams } from '@remix-run/react';
import { Badge, BlockStack, Button, InlineStack } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import type { SegmentPage } from '../audience/index.server.ts';
import { ExportButton } from './export-button.tsx';
import { ListTable, RowLink } from './list-table.tsx';
import { PageSection } from './page-section.tsx';
import { SegmentCount } from './segment-editor.tsx';
import { SegmentTrouble } from './segment-trouble.tsx';
import { useShop } from './shop-context.tsx';

/** A page of the customers of a segment as it is saved; why there are none where it cannot be read. */
export function SegmentMembers({ segment, members }: SegmentPage) {
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  if (members.kind !== 'members')
    return (
      <PageSection title={t('segments.members')} text={t('segments.notReadText')}>
        <SegmentTrouble text={segment.query} trouble={members} />
      </PageSection>
    );
  const { rows, next } = members;
  const go = (after: bigint): void => {
    const wanted = new URLSearchParams(params);
    wanted.set('after', String(after));
    setParams(wanted);
  };
  return (
    <PageSection title={t('segments.members')} action={<ExportButton list={`segment-${segment.id}`} />}>
      <BlockStack gap="300">
        <SegmentCount count={members.count} of={members.of} />
        <ListTable
          name={{ singular: t('customers.name'), plural: t('customers.title') }}
          empty={{ title: t('segments.membersEmpty'), description: t('segments.membersEmptyText') }}
          rows={rows}
          idOf={(row) => row.id}
          columns={[
            {
              title: t('customers.name'),
              cell: (row) => (
                <RowLink to={`/app/customers/${row.id}`} title={row.name ?? row.email ?? t('customers.noName', { id: String(row.id) })} />
              ),
            },
            { title: t('customers.tier'), cell: (row) => (row.tier ? <Badge tone="info">{row.tier}</Badge> : '–') },
            { title: t('customers.net'), numeric: true, cell: (row) => shop.money(row.net) },
            { title: t('customers.orders'), numeric: true, cell: (row) => shop.number(row.orders) },
            { title: t('customers.last'), cell: (row) => (row.lastOrderAt ? shop.date(row.lastOrderAt) : '–') },
          ]}
        />
        <InlineStack align="center" gap="200">
          {params.has('after') ? <Button onClick={() => window.history.back()}>{t('app.previous')}</Button> : null}
          {next === null ? null : <Button onClick={() => go(next)}>{t('app.next')}</Button>}
        </InlineStack>
      </BlockStack>
    </PageSection>
  );
}
