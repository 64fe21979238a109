import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useNavigation } from '@remix-run/react';
import { BlockStack, Button, Card, Checkbox, FormLayout, InlineStack, Page, Select, Text, TextField } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createStandingFromForm, readCampaignForm } from '../campaigns/index.server.ts';
import { DeliveryFields } from '../components/campaign-delivery-fields.tsx';
import { EMPTY_OFFER, FormSection, TypedField, type CampaignPart, type TypedCampaign } from '../components/campaign-form-parts.tsx';
import { LowOffers } from '../components/low-offers.tsx';
import { OfferFields } from '../components/campaign-offer-fields.tsx';
import { SegmentEditor } from '../components/segment-editor.tsx';
import { formText } from '../core/form.ts';
import { mailSettings } from '../delivery/index.server.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  return { hasServer: (await mailSettings(scope)).server !== null };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const data = await request.formData();
  const text = (name: string): string => formText(data, name);
  const made = await createStandingFromForm(scope, {
    campaign: readCampaignForm(data),
    trigger: text('trigger'),
    number: text('number'),
    priority: text('priority'),
    validDays: text('validDays'),
    againDays: text('againDays'),
    learns: text('learns') === 'on',
  });
  if (made.kind === 'ok') throw redirect(`/app/standing/${made.value}`);
  return { fields: made.kind === 'invalid' ? made.fields : {}, low: made.kind === 'low' ? made.offers : [] };
}

const KINDS = [
  'welcome',
  'first-purchase',
  'win-back',
  'abandoned-checkout',
  'viewed',
  'back-in-stock',
  'tier-reached',
  'replenishment',
  'price-drop',
  'overstock',
  'birthday',
  'points-expiring',
  'review',
] as const;
const NUMBERS: Readonly<Record<string, string>> = {
  'win-back': '14',
  'abandoned-checkout': '4',
  viewed: '2',
  replenishment: '5',
  'price-drop': '10',
  birthday: '7',
  'points-expiring': '14',
  review: '4',
};

/** Occasions of which more is to be said. */
const HELPED: ReadonlySet<string> = new Set(['overstock', 'birthday', 'points-expiring', 'review']);

const EMPTY: TypedCampaign = {
  name: '',
  segment: '',
  lastOrder: '',
  days: '',
  least: '',
  most: '',
  holdOut: '10',
  startsAt: '',
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
  waves: '',
  waveDays: '',
  learns: false,
};

export default function NewStanding() {
  const { hasServer } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const answer = useActionData<typeof action>();
  const { state } = useNavigation();
  const [form, setForm] = useState(EMPTY);
  const [learns, setLearns] = useState(false);
  const part: CampaignPart = { form, problems: answer?.fields ?? {}, set: (change) => setForm({ ...form, ...change }) };
  return (
    <Page title={t('standing.create')} backAction={{ content: t('standing.title'), url: '/app/standing' }}>
      <Form method="post">
        <BlockStack gap="400">
          <LowOffers low={answer?.low ?? []} />
          <Card>
            <TypedField part={part} name="name" help={t('campaigns.nameHelp')} />
          </Card>
          <Occasion part={part} />
          <OfferFields part={part} margins={[]} />
          <Card>
            <BlockStack gap="300">
              <TypedField part={part} name="holdOut" label={t('proof.holdOut')} help={t('proof.holdOutHelp')} />
              <Checkbox
                label={t('policy.learns')}
                helpText={t('policy.learnsHelp')}
                name="learns"
                value="on"
                checked={learns}
                onChange={setLearns}
              />
            </BlockStack>
          </Card>
          <DeliveryFields problems={answer?.fields ?? {}} hasServer={hasServer} />
          <InlineStack>
            <Button submit variant="primary" loading={state === 'submitting'}>
              {t('standing.create')}
            </Button>
          </InlineStack>
        </BlockStack>
      </Form>
    </Page>
  );
}

function Occasion({ part }: { part: CampaignPart }) {
  const { t } = useTranslation();
  const { form, problems } = part;
  const [kind, setKind] = useState<string>(KINDS[0]);
  const [typed, setTyped] = useState({ number: '', priority: '50', validDays: '14', againDays: '' });
  const wrong = (name: string): string | undefined => (problems[name] ? t(problems[name]) : undefined);
  const field = (name: keyof typeof typed, label: string, help?: string) => (
    <TextField
      label={label}
      name={name}
      value={typed[name]}
      onChange={(value) => setTyped({ ...typed, [name]: value })}
      error={wrong(name)}
      helpText={help}
      autoComplete="off"
    />
  );
  return (
    <FormSection title={t('standing.trigger')}>
      <FormLayout>
        <Select
          label={t('standing.trigger')}
          name="trigger"
          options={KINDS.map((value) => ({ value, label: t(`standing.triggers.${value}`) }))}
          value={kind}
          onChange={(value) => {
            setKind(value);
            setTyped({ ...typed, number: NUMBERS[value] ?? '' });
          }}
          error={wrong('trigger')}
          helpText={HELPED.has(kind) ? t(`standing.help.${kind}`) : undefined}
        />
        {NUMBERS[kind] === undefined ? null : field('number', t(`standing.numbers.${kind}`))}
        <SegmentEditor
          name="segment"
          label={t('standing.segment')}
          value={form.segment}
          onChange={(segment) => part.set({ segment })}
          error={wrong('segment')}
        />
        <Text as="p" tone="subdued">
          {t('standing.segmentHelp')}
        </Text>
        <FormLayout.Group>
          {field('validDays', t('standing.validDays'))}
          {field('againDays', t('standing.againDays'), t('standing.againHelp'))}
          {field('priority', t('standing.priority'), t('standing.priorityHelp'))}
        </FormLayout.Group>
      </FormLayout>
    </FormSection>
  );
}
