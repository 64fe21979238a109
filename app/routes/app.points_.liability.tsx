import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { BlockStack, Card, InlineGrid, Page, Text, TextField } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ExportButton } from '../components/export-button.tsx';
import { FigureCard } from '../components/figure-card.tsx';
import { BreakageCard, ValuationCard } from '../components/liability-cards.tsx';
import { RevenueTable, RolledTable } from '../components/liability-tables.tsx';
import { dayOrNull } from '../components/list-choices.ts';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { askForCohorts, liabilityPage, saveValuation } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  return liabilityPage(scope, dayOrNull(new URL(request.url).searchParams.get('day')));
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  switch (formText(form, 'intent')) {
    case 'value':
      return saveValuation(scope, { perHundred: formText(form, 'perHundred'), redemption: formText(form, 'redemption') });
    case 'estimate':
      return askForCohorts(scope);
    default:
      throw new Response(null, { status: 400 });
  }
}

export default function Liability() {
  const page = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  const { pending, available, owed } = page;
  const points = (count: bigint): string => shop.number(Number(count));
  return (
    <Page
      title={t('liability.title')}
      subtitle={t('liability.intro')}
      backAction={{ content: t('points.title'), url: '/app/points' }}
      primaryAction={<ExportButton list="points-liability" />}
    >
      <BlockStack gap="400">
        <Card>
          <TextField
            label={t('liability.day')}
            type="date"
            value={params.get('day') ?? page.day}
            max={page.today}
            onChange={(day) => setParams(day === '' ? {} : { day }, { replace: true })}
            autoComplete="off"
          />
        </Card>
        <InlineGrid columns={{ xs: 2, md: owed ? 5 : 3 }} gap="300">
          <FigureCard label={t('liability.outstanding')} value={points(pending + available)} />
          <FigureCard label={t('liability.available')} value={points(available)} note={`${t('liability.pending')}: ${points(pending)}`} />
          {owed ? (
            <>
              <FigureCard label={t('liability.full')} value={shop.money(owed.full)} />
              <FigureCard label={t('liability.expected')} value={shop.money(owed.expected)} />
              <FigureCard label={t('liability.deferred')} value={shop.money(owed.deferred)} />
            </>
          ) : null}
        </InlineGrid>
        <BreakageCard page={page} />
        <ValuationCard key={String(page.setting.perHundred)} setting={page.setting} />
        {page.rolled.length === 0 ? (
          <Card>
            <Text as="p" tone="subdued">
              {t('liability.empty')}
            </Text>
          </Card>
        ) : (
          <RolledTable rows={page.rolled} />
        )}
        {page.revenue.length > 0 ? <RevenueTable rows={page.revenue} /> : null}
      </BlockStack>
    </Page>
  );
}
