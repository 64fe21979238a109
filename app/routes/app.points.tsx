import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData, useSearchParams } from '@remix-run/react';
import { Banner, BlockStack, Card, InlineGrid, Link, Page, Text, TextField } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { FigureCard } from '../components/figure-card.tsx';
import { dayOrNull } from '../components/list-choices.ts';
import { ProgrammeForm } from '../components/programme-form.tsx';
import { useShop } from '../components/shop-context.tsx';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { liabilityAt, pointsPage, readProgrammeForm, saveProgramme, tryRules, typedOf } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const { versions, current, totals } = await pointsPage(scope);
  const day = dayOrNull(new URL(request.url).searchParams.get('day'));
  const last = versions.at(-1) ?? null;
  return {
    totals,
    start: typedOf(last, scope.shop),
    current: current ? { version: current.version, from: current.from } : null,
    last: last?.version ?? 0,
    owed: day && versions.length > 0 ? { day, ...(await liabilityAt(scope, day)) } : null,
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const sent = await request.formData();
  const form = readProgrammeForm(formText(sent, 'programme'));
  if (form === null) throw new Response(null, { status: 400 });
  return formText(sent, 'intent') === 'trial' ? tryRules(scope, form) : saveProgramme(scope, form);
}

export default function Points() {
  const page = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const { current, totals } = page;
  return (
    <Page
      title={t('points.title')}
      subtitle={t('points.intro')}
      backAction={{ content: t('loyalty.title'), url: '/app/loyalty' }}
      secondaryActions={[
        { content: t('pointsImport.title'), url: '/app/points/import' },
        { content: t('liability.title'), url: '/app/points/liability' },
      ]}
    >
      <BlockStack gap="400">
        {current === null ? <Banner tone="info" title={t('points.none')} /> : <Standing totals={totals} owed={page.owed} />}
        {current ? <Link url="/app/points/lapsing">{t('points.lapsing.title')}</Link> : null}
        {current ? (
          <Text as="p" tone="subdued">
            {t('points.version', { version: shop.number(current.version), from: shop.time(current.from) })}
          </Text>
        ) : null}
        <ProgrammeForm start={page.start} />
      </BlockStack>
    </Page>
  );
}

type Data = Awaited<ReturnType<typeof loader>>;

function Standing({ totals, owed }: Pick<Data, 'totals' | 'owed'>) {
  const { t } = useTranslation();
  const shop = useShop();
  const [params, setParams] = useSearchParams();
  const number = (points: bigint): string => shop.number(Number(points));
  return (
    <BlockStack gap="300">
      <InlineGrid columns={{ xs: 2, md: 5 }} gap="300">
        <FigureCard label={t('points.members')} value={shop.number(totals.members)} />
        <FigureCard label={t('points.available')} value={number(totals.available)} />
        <FigureCard label={t('points.pending')} value={number(totals.pending)} />
        <FigureCard label={t('points.spent')} value={number(totals.spent)} />
        <FigureCard label={t('points.expired')} value={number(totals.expired)} />
      </InlineGrid>
      <Card>
        <BlockStack gap="200">
          <TextField
            label={t('points.owed')}
            helpText={t('points.owedHelp')}
            type="date"
            value={params.get('day') ?? ''}
            onChange={(day) => setParams(day === '' ? {} : { day }, { replace: true })}
            autoComplete="off"
          />
          {owed ? (
            <Text as="p">
              {t('points.owedAt', { day: shop.day(owed.day), available: number(owed.available), pending: number(owed.pending) })}
            </Text>
          ) : null}
        </BlockStack>
      </Card>
    </BlockStack>
  );
}
