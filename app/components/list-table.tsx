import { useNavigation } from '@remix-run/react';
import { Card, EmptySearchResult, IndexTable, Link, Text } from '@shopify/polaris';
import { useEffect, useRef, type ReactNode } from 'react';

export type Column<Row> = {
  readonly title: string;
  /** Figures stand to the right, in figures of one width. */
  readonly numeric?: boolean;
  cell(row: Row): ReactNode;
};

type Headings = [{ title: string }, ...{ title: string }[]];

/** A list without a link or a button is scrolled sideways by the keyboard only where its box itself can be focused. */
function useKeyboardScroll(label: string) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const scrolled = box.current?.querySelector('.Polaris-IndexTable-ScrollContainer');
    if (!scrolled || scrolled.querySelector('a, button')) return;
    for (const [name, value] of Object.entries({ tabindex: '0', role: 'region', 'aria-label': label })) scrolled.setAttribute(name, value);
  });
  return box;
}

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
  const box = useKeyboardScroll(name.plural);
  const [first, ...others] = columns.map(({ title, numeric }) => ({ title, alignment: numeric ? ('end' as const) : undefined }));
  const headings: Headings = [first ?? { title: '' }, ...others];
  return (
    <Card padding="0">
      <div ref={box}>
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
      </div>
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
