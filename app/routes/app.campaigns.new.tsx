import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useFetcher, useLoaderData, useNavigation } from '@remix-run/react';
import { BlockStack, Button, Card, Checkbox, ChoiceList, FormLayout, InlineStack, Page, Select, Text, TextField } from '@shopify/polaris';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { audienceCount, countFromForm, createFromForm, type CampaignForm } from '../campaigns/index.server.ts';
import { useShop } from '../components/shop-context.tsx';
import { dayOf } from '../core/calendar.ts';
import { formText, formTexts } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { listTiers } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const tiers = await listTiers(scope);
  return {
    tiers: tiers.map((tier) => ({ id: String(tier.id), name: tier.name })),
    today: dayOf(scope.clock.now(), scope.shop.timezone),
    everybody: (await audienceCount(scope, [])) ?? 0,
  };
}

function read(form: FormData): CampaignForm {
  const text = (name: string): string => formText(form, name);
  return {
    name: text('name'),
    lastOrder: text('lastOrder'),
    days: text('days'),
    least: text('least'),
    most: text('most'),
    kind: text('kind'),
    value: text('value'),
    minimum: text('minimum'),
    startsAt: text('startsAt'),
    endsAt: text('endsAt'),
    consent: text('consent') === 'on',
    tiers: formTexts(form, 'tier'),
  };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const data = await request.formData();
  const form = read(data);
  if (formText(data, 'intent') === 'count') return { count: await countFromForm(scope, form), fields: {} };
  const made = await createFromForm(scope, form);
  if (made.kind === 'ok') throw redirect(`/app/campaigns/${made.value}`);
  return { count: undefined, fields: made.fields };
}

type Fields = Omit<CampaignForm, 'tiers' | 'consent'>;
type Typed = { readonly [Name in keyof Fields]: string } & { tiers: string[]; consent: boolean };
type Problems = Readonly<Record<string, string>>;

const emptyForm = (today: string): Typed => ({
  name: '',
  lastOrder: '',
  days: '',
  least: '',
  most: '',
  kind: 'percent',
  value: '10',
  minimum: '',
  startsAt: today,
  endsAt: '',
  consent: false,
  tiers: [],
});

export default function NewCampaign() {
  const { today } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const answer = useActionData<typeof action>();
  const { state } = useNavigation();
  const [form, setForm] = useState(() => emptyForm(today));
  const part: Part = { form, problems: answer?.fields ?? {}, set: (change) => setForm({ ...form, ...change }) };
  return (
    <Page title={t('campaigns.create')} backAction={{ content: t('campaigns.title'), url: '/app/campaigns' }}>
      <Form method="post">
        <BlockStack gap="400">
          <Card>
            <Field part={part} name="name" help={t('campaigns.nameHelp')} />
          </Card>
          <AudienceFields part={part} />
          <OfferFields part={part} />
          <Section title={t('campaigns.dates')}>
            <FormLayout>
              <FormLayout.Group>
                <Field part={part} name="startsAt" type="date" />
                <Field part={part} name="endsAt" type="date" help={t('campaigns.endsHelp')} />
              </FormLayout.Group>
            </FormLayout>
          </Section>
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

/** What each section of the form sees of it. */
type Part = { readonly form: Typed; readonly problems: Problems; set(change: Partial<Typed>): void };

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card>
      <BlockStack gap="300">
        <Text as="h2" variant="headingMd">
          {title}
        </Text>
        {children}
      </BlockStack>
    </Card>
  );
}

function Field({
  part,
  name,
  help,
  type,
  prefix,
}: {
  part: Part;
  name: Exclude<keyof Fields, 'lastOrder' | 'kind'>;
  help?: string;
  type?: 'date';
  prefix?: string;
}) {
  const { t } = useTranslation();
  const problem = part.problems[name];
  return (
    <TextField
      label={t(`campaigns.${name}`)}
      name={name}
      value={part.form[name]}
      onChange={(value) => part.set({ [name]: value })}
      error={problem ? t(problem) : undefined}
      helpText={help}
      type={type}
      prefix={prefix}
      autoComplete="off"
    />
  );
}

function AudienceFields({ part }: { part: Part }) {
  const { tiers } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const { form } = part;
  return (
    <Section title={t('campaigns.audience')}>
      <FormLayout>
        <ChoiceList
          title={t('campaigns.tiers')}
          name="tier"
          allowMultiple
          choices={tiers.map((tier) => ({ label: tier.name, value: tier.id }))}
          selected={form.tiers}
          onChange={(chosen) => part.set({ tiers: chosen })}
        />
        <FormLayout.Group>
          <Select
            label={t('campaigns.lastOrder')}
            name="lastOrder"
            options={[
              { label: t('campaigns.anyTime'), value: '' },
              { label: t('campaigns.recent'), value: 'recent' },
              { label: t('campaigns.lapsed'), value: 'lapsed' },
            ]}
            value={form.lastOrder}
            onChange={(lastOrder) => part.set({ lastOrder })}
          />
          {form.lastOrder === '' ? null : <Field part={part} name="days" />}
        </FormLayout.Group>
        <FormLayout.Group>
          <Field part={part} name="least" prefix={shop.currency} />
          <Field part={part} name="most" prefix={shop.currency} />
        </FormLayout.Group>
        <Checkbox
          label={t('campaigns.consent')}
          name="consent"
          value="on"
          checked={form.consent}
          onChange={(consent) => part.set({ consent })}
        />
      </FormLayout>
      <AudienceCount part={part} />
    </Section>
  );
}

/** How many customers the conditions mean, counted anew a moment after each change. */
function AudienceCount({ part: { form, problems } }: { part: Part }) {
  const { everybody } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const shop = useShop();
  const { submit, data } = useFetcher<typeof action>();
  const { tiers, lastOrder, days, least, most, consent } = form;
  const asked = JSON.stringify({ tiers, lastOrder, days, least, most, consent });
  useEffect(() => {
    const timer = setTimeout(() => {
      const data = new FormData();
      data.set('intent', 'count');
      for (const tier of tiers) data.append('tier', tier);
      for (const [name, value] of Object.entries({ lastOrder, days, least, most, consent: consent ? 'on' : '' })) data.set(name, value);
      submit(data, { method: 'post' });
    }, 400);
    return () => clearTimeout(timer);
    // oxlint-disable-next-line react/exhaustive-deps -- `asked` stands for all conditions
  }, [asked, submit]);
  const count = data ? data.count : everybody;
  const problem = problems['audience'];
  return (
    <div aria-live="polite">
      <Text as="p" fontWeight="semibold" tone={problem ? 'critical' : undefined}>
        {problem ? `${t(problem)} ` : null}
        {count === null || count === undefined
          ? t('campaigns.audienceWrong')
          : t('campaigns.audienceCount', { number: shop.number(count) })}
      </Text>
    </div>
  );
}

function OfferFields({ part }: { part: Part }) {
  const { t } = useTranslation();
  const shop = useShop();
  const { form } = part;
  return (
    <Section title={t('campaigns.offer')}>
      <FormLayout>
        <FormLayout.Group>
          <Select
            label={t('campaigns.kind')}
            name="kind"
            options={[
              { label: t('campaigns.percent'), value: 'percent' },
              { label: t('campaigns.amount'), value: 'amount' },
            ]}
            value={form.kind}
            onChange={(kind) => part.set({ kind })}
          />
          <Field part={part} name="value" prefix={form.kind === 'percent' ? '%' : shop.currency} />
          <Field part={part} name="minimum" prefix={shop.currency} help={t('campaigns.minimumHelp')} />
        </FormLayout.Group>
      </FormLayout>
      <Text as="p" tone="subdued">
        {t('campaigns.oneUse')}
      </Text>
    </Section>
  );
}
