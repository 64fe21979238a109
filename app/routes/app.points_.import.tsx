import type { ActionFunctionArgs, LoaderFunctionArgs } from '@remix-run/node';
import { useLoaderData } from '@remix-run/react';
import { Banner, BlockStack, Card, Page, Text } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';
import { ImportDraft } from '../components/points-import-draft.tsx';
import { ImportFile } from '../components/points-import-file.tsx';
import { PastImports } from '../components/points-import-past.tsx';
import { useLiveRefresh } from '../components/use-live-refresh.ts';
import { formText } from '../core/form.ts';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { checkImport, confirmImport, discardImport, importsPage, undoImport } from '../loyalty/index.server.ts';

export async function loader({ request, context }: LoaderFunctionArgs) {
  return importsPage(await authenticateAdmin(request, context));
}

const placeOf = (text: string): number | null => (/^\d{1,3}$/.test(text) ? Number(text) : null);

async function checked(scope: Parameters<typeof checkImport>[0], form: FormData) {
  const file = form.get('file');
  if (!(file instanceof Blob) || file.size === 0) return { kind: 'invalid' as const, fields: { file: 'pointsImport.error.file' } };
  const at = (field: string): number | null => placeOf(formText(form, field));
  const chosen = formText(form, 'chosen') === 'yes' ? { id: at('id'), email: at('email'), points: at('points') } : null;
  return checkImport(scope, { bytes: Buffer.from(await file.arrayBuffer()), chosen });
}

export async function action({ request, context }: ActionFunctionArgs) {
  const scope = await authenticateAdmin(request, context);
  const form = await request.formData();
  const wanted = { id: Number(formText(form, 'import')), agreed: formText(form, 'agreed') === 'yes' };
  switch (formText(form, 'intent')) {
    case 'check':
      return checked(scope, form);
    case 'confirm':
      return confirmImport(scope, wanted);
    case 'undo':
      return undoImport(scope, wanted);
    case 'discard':
      return discardImport(scope, wanted.id);
    default:
      throw new Response(null, { status: 400 });
  }
}

export default function PointsImport() {
  const { hasProgramme, belowZero, imports } = useLoaderData<typeof loader>();
  const { t } = useTranslation();
  const draft = imports.find(({ status }) => status === 'checked');
  const past = imports.filter(({ status }) => status !== 'checked');
  useLiveRefresh(
    2,
    past.some(({ status }) => status === 'booking' || status === 'undoing'),
  );
  return (
    <Page
      title={t('pointsImport.title')}
      subtitle={t('pointsImport.intro')}
      backAction={{ content: t('points.title'), url: '/app/points' }}
    >
      <BlockStack gap="400">
        {hasProgramme ? <ImportFile /> : <Banner tone="info" title={t('pointsImport.needsProgramme')} />}
        {draft ? <ImportDraft key={draft.id} draft={draft} /> : null}
        {past.length === 0 ? (
          <Card>
            <Text as="p" tone="subdued">
              {t('pointsImport.none')}
            </Text>
          </Card>
        ) : (
          <PastImports imports={past} belowZero={belowZero} />
        )}
      </BlockStack>
    </Page>
  );
}
