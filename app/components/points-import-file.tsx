import { useFetcher } from '@remix-run/react';
import { Banner, BlockStack, Button, Card, DropZone, FormLayout, InlineStack, Select, Text } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FIELDS, type Columns, type Field } from '../loyalty/points/import/columns.ts';
import { useShop } from './shop-context.tsx';

type Answer =
  | { readonly kind: 'ok'; readonly headings: readonly string[]; readonly columns: Columns }
  | { readonly kind: 'file'; readonly problem: string; readonly line: number | null; readonly headings: readonly string[] }
  | { readonly kind: 'invalid'; readonly fields: Readonly<Record<string, string>> };
const NO_COLUMNS: Columns = { id: null, email: null, points: null };

const columnsOf = (answer: Answer | undefined): Columns => (answer?.kind === 'ok' ? answer.columns : NO_COLUMNS);

/** Sends a file of balances to be looked at, and lets somebody say which column is which where the names do not. */
export function ImportFile() {
  const { t } = useTranslation();
  const shop = useShop();
  const fetcher = useFetcher<Answer>();
  const [file, setFile] = useState<File | null>(null);
  const [chosen, setChosen] = useState<Columns | null>(null);
  const answer = fetcher.data;
  const headings = answer && answer.kind !== 'invalid' ? answer.headings : [];
  const columns = chosen ?? columnsOf(answer);
  const take = (taken: File | undefined): void => {
    setFile(taken ?? null);
    setChosen(null);
  };
  const check = (): void => {
    const form = new FormData();
    form.set('intent', 'check');
    if (file) form.set('file', file);
    if (chosen) form.set('chosen', 'yes');
    for (const field of FIELDS) form.set(field, String(chosen?.[field] ?? ''));
    fetcher.submit(form, { method: 'post', encType: 'multipart/form-data' });
  };
  return (
    <Card>
      <BlockStack gap="300">
        <DropZone
          label={t('pointsImport.file')}
          accept=".csv,.txt,text/csv,text/plain"
          type="file"
          allowMultiple={false}
          onDropAccepted={([taken]) => take(taken)}
          variableHeight
        >
          {file ? (
            <div style={{ padding: '1rem' }}>
              <Text as="p">{t('pointsImport.chosen', { name: file.name, size: shop.number(Math.ceil(file.size / 1_000)) })}</Text>
            </div>
          ) : (
            <DropZone.FileUpload actionTitle={t('pointsImport.choose')} />
          )}
        </DropZone>
        <Text as="p" tone="subdued">
          {t('pointsImport.fileHelp')}
        </Text>
        {answer ? <Refused answer={answer} /> : null}
        {headings.length > 0 ? <ColumnFields headings={headings} columns={columns} onChoose={setChosen} /> : null}
        <InlineStack>
          <Button variant="primary" loading={fetcher.state !== 'idle'} onClick={check}>
            {t('pointsImport.check')}
          </Button>
        </InlineStack>
      </BlockStack>
    </Card>
  );
}

function Refused({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const shop = useShop();
  if (answer.kind === 'ok') return null;
  const title =
    answer.kind === 'file'
      ? t(`pointsImport.fileProblems.${answer.problem}`, { line: shop.number(answer.line ?? 1) })
      : t(answer.fields['file'] ?? '');
  return <Banner tone="critical" title={title} />;
}

type ColumnProps = { readonly headings: readonly string[]; readonly columns: Columns; readonly onChoose: (columns: Columns) => void };

function ColumnFields({ headings, columns, onChoose }: ColumnProps) {
  const { t } = useTranslation();
  const options = [
    { value: '', label: t('pointsImport.noColumn') },
    ...headings.map((label, at) => ({ value: String(at), label: label || String(at + 1) })),
  ];
  const choose = (field: Field, value: string): void => onChoose({ ...columns, [field]: value === '' ? null : Number(value) });
  return (
    <BlockStack gap="200">
      <Text as="h2" variant="headingSm">
        {t('pointsImport.columns')}
      </Text>
      <Text as="p" tone="subdued">
        {t('pointsImport.columnsHelp')}
      </Text>
      <FormLayout>
        <FormLayout.Group>
          {FIELDS.map((field) => (
            <Select
              key={field}
              label={t(`pointsImport.fields.${field}`)}
              options={options}
              value={String(columns[field] ?? '')}
              onChange={(value) => choose(field, value)}
            />
          ))}
        </FormLayout.Group>
      </FormLayout>
    </BlockStack>
  );
}
