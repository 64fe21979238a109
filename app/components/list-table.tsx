import { useNavigation } from '@remix-run/react';
import { Card, EmptySearchResult, IndexTable, Link, Text } from '@shopify/polaris';
import type { ReactNode } from 'react';

export type Column<Row> = {
  readonly title: string;
  /** Figures stand to the right, in figures of one width. */
  readonly numeric?: boolean;
  cell(row: Row): ReactNode;
};

type Headings = [{ title: string }, ...{ title: string }[]];

/** A list of the admin: one row each, a column a fact; says so while it loads and when there is nothing. */
export function ListTable<Row>({
  name,
  columns,
  rows,
  idOf,
  empty,
}: {
  name: { singular: string; plural: string };
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => bigint | number | string;
  empty?: { title: string; description: string };
}) {
  const { state } = useNavigation();
  const [first, ...others] = columns.map(({ title, numeric }) => ({ title, alignment: numeric ? ('end' as const) : undefined }));
  const headings: Headings = [first ?? { title: '' }, ...others];
  return (
    <Card padding="0">
      <IndexTable
        selectable={false}
        loading={state === 'loading'}
        itemCount={rows.length}
        resourceName={name}
        emptyState={empty ? <EmptySearchResult {...empty} withIllustration /> : undefined}
        headings={headings}
      >
        {rows.map((row, index) => (
          <IndexTable.Row id={String(idOf(row))} key={String(idOf(row))} position={index}>
            {columns.map((column) => (
              <IndexTable.Cell key={column.title}>
                {column.numeric ? (
                  <Text as="span" alignment="end" numeric>
                    {column.cell(row)}
                  </Text>
                ) : (
                  column.cell(row)
                )}
              </IndexTable.Cell>
            ))}
          </IndexTable.Row>
        ))}
      </IndexTable>
    </Card>
  );
}

/** The cell that opens a row's own page, with a second line where there is something to add. */
export function RowLink({ to, title, note }: { to: string; title: string; note?: string }) {
  return (
    <>
      <Link url={to} removeUnderline dataPrimaryLink>
        <Text as="span" fontWeight="semibold">
          {title}
        </Text>
      </Link>
      {note === undefined ? null : (
        <Text as="p" tone="subdued" variant="bodySm">
          {note}
        </Text>
      )}
    </>
  );
}
