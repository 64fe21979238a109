import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Badge, Banner, BlockStack, Box, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { countSegment, segmentMembers } from '../audience/index.server.ts';
import { noteAudit } from '../audit/index.server.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { customersByIds } from '../record/index.server.ts';

const LIMIT = 50;
const MOST_TEXT = 2_000;

/** The customers of the segment in the address, by id. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  const query = (params.get('q') ?? '').slice(0, MOST_TEXT);
  const after = BigInt(cursorOf(params)?.at.id ?? -1);
  const found = await segmentMembers(scope, query, { after, limit: LIMIT + 1 });
  const counted = await countSegment(scope, query);
  if (found.kind !== 'members' || counted.kind !== 'count') return { query, page: null };
  const ids = found.ids.slice(0, LIMIT);
  await noteAudit(scope, { action: 'list.viewed', subject: 'segment' });
  const last = ids.at(-1);
  const next = found.ids.length > LIMIT && last !== undefined ? { value: null, id: String(last) } : null;
  return { query, page: { rows: await customersByIds(scope, ids), count: counted.count, next } };
}

export default function Members() {
  const { query, page } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const back = { content: t('audience.title'), url: '/app/audience' };
  if (!page)
    return (
      <Page title={t('audience.members')} backAction={back}>
        <Banner tone="warning" title={t('audience.membersWrong')}>
          <p>{t('audience.membersWrongText')}</p>
        </Banner>
      </Page>
    );
  return (
    <Page title={t('audience.members')} subtitle={t('audience.membersCount', { count: page.count })} backAction={back} fullWidth>
      <BlockStack gap="300">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <Text as="p" tone="subdued" breakWord>
            <code>{query}</code>
          </Text>
        </Box>
        <ListTable
          name={{ singular: t('customers.name'), plural: t('customers.title') }}
          empty={{ title: t('audience.membersEmpty'), description: t('audience.membersEmptyText') }}
          rows={page.rows}
          idOf={(row) => row.id}
          columns={[
            {
              title: t('customers.name'),
              cell: (row) => (
                <RowLink
                  to={`/app/customers/${row.id}`}
                  title={[row.firstName, row.lastName].filter(Boolean).join(' ') || t('customers.noName', { id: String(row.id) })}
                />
              ),
            },
            { title: t('customers.tier'), cell: (row) => (row.tier ? <Badge tone="info">{row.tier}</Badge> : '–') },
            { title: t('customers.net'), numeric: true, cell: (row) => shop.money(row.net) },
            { title: t('customers.orders'), numeric: true, cell: (row) => shop.number(row.orders) },
            { title: t('customers.last'), cell: (row) => (row.lastOrderAt ? shop.date(row.lastOrderAt) : '–') },
          ]}
        />
        <Pager before={null} after={page.next} />
      </BlockStack>
    </Page>
  );
}
