import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useNavigation } from '@remix-run/react';
import { BlockStack, Button, Card, FormLayout, InlineStack, Page } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { audienceCount, createFromForm, foreseeFromForm, readCampaignForm } from '../campaigns/index.server.ts';
import { listSegments } from '../audience/index.server.ts';
import { AudienceFields } from '../components/campaign-audience-fields.tsx';
import { DeliveryFields } from '../components/campaign-delivery-fields.tsx';
import { EMPTY_OFFER, FormSection, TypedField, type CampaignPart, type TypedCampaign } from '../components/campaign-form-parts.tsx';
import { LimitFields } from '../components/campaign-limit-fields.tsx';
import { OverstockProposal } from '../components/campaign-overstock.tsx';
import { OfferFields } from '../components/campaign-offer-fields.tsx';
import { CampaignRisks } from '../components/campaign-risks.tsx';
import { WaveFields } from '../components/campaign-wave-fields.tsx';
import { useForeseen } from '../components/use-foreseen.ts';
import { dayOf } from '../core/calendar.ts';
import { formText } from '../core/form.ts';
import { mailSettings } from '../delivery/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { overstock, OVERSTOCK_DAYS } from '../forecast/index.server.ts';
import { listTiers } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const [tiers, segments] = [await listTiers(scope), await listSegments(scope)];
  // From a segment's own page one comes with its number.
  const wanted = new URL(request.url).searchParams.get('segment');
  return {
    segments: segments.map(({ id, name, query }) => ({ id: String(id), name, query })),
    segment: segments.find(({ id }) => String(id) === wanted)?.query ?? '',
    tiers: tiers.map((tier) => ({ id: String(tier.id), name: tier.name })),
    today: dayOf(scope.clock.now(), scope.shop.timezone),
    everybody: (await audienceCount(scope, [])) ?? 0,
    hasServer: (await mailSettings(scope)).server !== null,
    overstock: await overstock(scope, { coverDays: OVERSTOCK_DAYS, limit: 5 }),
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const data = await request.formData();
  const form = readCampaignForm(data);
  if (formText(data, 'intent') === 'foresee') return { foreseen: await foreseeFromForm(scope, form), fields: {}, risks: null };
  const made = await createFromForm(scope, form);
  if (made.kind === 'ok') throw redirect(`/app/campaigns/${made.value}`);
  return { foreseen: null, fields: made.kind === 'invalid' ? made.fields : {}, risks: made.kind === 'risky' ? made : null };
}

const emptyForm = (today: string, segment: string): TypedCampaign => ({
  name: '',
  segment,
  lastOrder: '',
  days: '',
  least: '',
  most: '',
  holdOut: '10',
  startsAt: today,
  endsAt: '',
  consent: false,
  tiers: [],
  word: '',
  budgetKind: '',
  budget: '',
  combines: [],
  offers: [{ ...EMPTY_OFFER, value: '10' }],
  products: [],
  collections: [],
  inWaves: false,
  waves: '2',
  waveDays: '7',
  learns: false,
});

export default function NewCampaign() {
  const { today, tiers, segments, segment, everybody, overstock: tooMuch, hasServer } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const answer = useActionData<typeof action>();
  const { state } = useNavigation();
  const [form, setForm] = useState(() => emptyForm(today, segment));
  const foreseen = useForeseen(form);
  const part: CampaignPart = { form, problems: answer?.fields ?? {}, set: (change) => setForm({ ...form, ...change }) };
  return (
    <Page title={t('campaigns.create')} backAction={{ content: t('campaigns.title'), url: '/app/campaigns' }}>
      <Form method="post">
        <BlockStack gap="400">
          {answer?.risks ? <CampaignRisks risks={answer.risks} /> : null}
          <Card>
            <TypedField part={part} name="name" help={t('campaigns.nameHelp')} />
          </Card>
          <AudienceFields part={part} tiers={tiers} segments={segments} count={foreseen ? foreseen.count : everybody} />
          <OfferFields part={part} margins={foreseen?.margins ?? []} />
          <OverstockProposal part={part} products={tooMuch} />
          <LimitFields part={part} />
          <WaveFields part={part} />
          <DeliveryFields problems={answer?.fields ?? {}} hasServer={hasServer} />
          <FormSection title={t('campaigns.dates')}>
            <FormLayout>
              <FormLayout.Group>
                <TypedField part={part} name="startsAt" type="date" />
                <TypedField part={part} name="endsAt" type="date" help={t('campaigns.endsHelp')} />
              </FormLayout.Group>
            </FormLayout>
          </FormSection>
          <InlineStack>
            <Button submit variant="primary" loading={state === 'submitting'}>
              {t('campaigns.create')}
            </Button>
          </InlineStack>
        </BlockStack>
      </Form>
    </Page>
  );
}
