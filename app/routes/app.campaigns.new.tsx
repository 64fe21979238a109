import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useFetcher, useLoaderData, useNavigation } from '@remix-run/react';
import { BlockStack, Button, Card, Checkbox, ChoiceList, FormLayout, Page, Select, Text, TextField } from '@shopify/polaris';
import { useEffect, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { audienceCount, audienceOf, createCampaign, draftOf, type CampaignForm } from '../campaigns/index.server.ts';
import { useShop } from '../components/shop-context.tsx';
import { dayOf } from '../core/calendar.ts';
import { formText, formTexts } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { tierBoard } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const { tiers } = await tierBoard(scope);
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
  if (formText(data, 'intent') === 'count') {
    const { audience, fields } = audienceOf(form, scope.shop);
    return { count: Object.keys(fields).length > 0 ? null : await audienceCount(scope, audience), fields };
  }
  const { draft, fields } = draftOf(form, scope.shop);
  const made = await createCampaign(scope, Object.keys(fields).length > 0 ? { ...draft, name: form.name.trim() } : draft);
  if (Object.keys(fields).length === 0 && made.kind === 'ok') throw redirect(`/app/campaigns/${made.value}`);
  return { count: undefined, fields: { ...(made.kind === 'invalid' ? made.fields : {}), ...fields } };
}
