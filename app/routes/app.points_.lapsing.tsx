import type { LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { BlockStack, Box, Button, ButtonGroup, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { noteAudit } from '../audit/index.server.ts';
import { ExportButton } from '../components/export-button.tsx';
import { LAPSE_DAYS, lapseDaysOf } from '../components/list-choices.ts';
import { ListTable, RowLink } from '../components/list-table.tsx';
import { Pager } from '../components/pager.tsx';
import { useShop } from '../components/shop-context.tsx';
import { cursorOf } from '../core/cursor.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { lapsingPage } from '../loyalty/index.server.ts';

/** Who loses points within the days in the address. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  const days = lapseDaysOf(params);
  const page = await lapsingPage(scope, { days, after: cursorOf(params)?.at ?? null, limit: 50 });
  if (page.rows.length > 0) await noteAudit(scope, { action: 'list.viewed', subject: 'points-lapsing' });
  return { days, page };
}

export default function Lapsing() {
  const { days, page } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const [, setParams] = useSearchParams();
  const shop = useShop();
  return (
    <Page
      title={t('points.lapsing.title')}
      subtitle={t('points.lapsing.text')}
      backAction={{ content: t('points.title'), url: '/app/points' }}
      primaryAction={<ExportButton list="points-lapsing" />}
    >
      <BlockStack gap="300">
        <Box paddingInline={{ xs: '400', sm: '0' }}>
          <ButtonGroup variant="segmented">
            {LAPSE_DAYS.map((value) => (
              <Button key={value} onClick={() => setParams({ days: String(value) })} pressed={value === days}>
                {t('points.lapsing.within', { days: shop.number(value) })}
              </Button>
            ))}
          </ButtonGroup>
        </Box>
        <ListTable
          name={{ singular: t('customers.name'), plural: t('customers.title') }}
          empty={{ title: t('points.lapsing.none'), description: t('points.lapsing.noneText', { days: shop.number(days) }) }}
          rows={page.rows}
          idOf={({ customerId }) => customerId}
          columns={[
            {
              title: t('customers.name'),
              cell: ({ customerId, name }) => (
                <RowLink to={`/app/customers/${customerId}`} title={name ?? t('customers.noName', { id: String(customerId) })} />
              ),
            },
            { title: t('points.lapsing.points'), numeric: true, cell: ({ points }) => shop.number(points) },
            { title: t('points.lapsing.day'), cell: ({ day }) => shop.day(day) },
          ]}
        />
        <Pager before={null} after={page.next} />
      </BlockStack>
    </Page>
  );
}
