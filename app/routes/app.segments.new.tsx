import { redirect, type ActionFunctionArgs, type LoaderFunctionArgs } from '@remix-run/node';
import { Form, useActionData, useLoaderData, useNavigation } from '@remix-run/react';
import { BlockStack, Box, Button, Page } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { findTemplate, saveSegment, segmentById } from '../audience/index.server.ts';
import { SegmentFields } from '../components/segment-form.tsx';
import { SegmentTemplates } from '../components/segment-templates.tsx';
import { formText } from '../core/form.ts';
import { parseId } from '../core/gid.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

/** Begins with a template, with a copy of another segment, or with nothing. */
export async function loader({ request, context }: LoaderFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const params = new URL(request.url).searchParams;
  const from = parseId(params.get('from') ?? undefined);
  const copied = from !== null && from <= 2_147_483_647n ? await segmentById(scope, Number(from)) : null;
  return { template: findTemplate(params.get('template')), copied: copied && { name: copied.name, query: copied.query } };
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const saved = await saveSegment(scope, { id: null, version: null, name: formText(form, 'name'), query: formText(form, 'query') });
  if (saved.kind === 'ok') throw redirect(`/app/segments/${saved.value.id}`);
  return saved;
}

export default function NewSegment() {
  const { template, copied } = useLoaderData<typeof loader>();
  // Another template begins anew.
  return <Begin key={template?.key ?? ''} template={template} copied={copied} />;
}

function Begin({ template, copied }: ReturnType<typeof useLoaderData<typeof loader>>) {
  const { t } = useTranslation();
  const outcome = useActionData<typeof action>();
  const { state } = useNavigation();
  const [texts, setTexts] = useState(() => ({
    name: copied ? t('segments.copyOf', { name: copied.name }).slice(0, 100) : template ? t(`segments.template.${template.key}`) : '',
    query: copied?.query ?? template?.query ?? '',
  }));
  return (
    <Page title={t('segments.create')} backAction={{ content: t('segments.title'), url: '/app/segments' }}>
      <BlockStack gap="400">
        <Form method="post">
          <BlockStack gap="400">
            <SegmentFields texts={texts} onChange={setTexts} outcome={outcome} />
            <Box paddingInline={{ xs: '400', sm: '0' }}>
              <Button submit variant="primary" loading={state === 'submitting'}>
                {t('segments.save')}
              </Button>
            </Box>
          </BlockStack>
        </Form>
        {copied || template ? null : <SegmentTemplates />}
      </BlockStack>
    </Page>
  );
}
