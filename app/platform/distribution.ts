/** A table of the database, and how it would stand in a cluster. `already`: it stands so. */
export type PlacedTable = { readonly name: string; readonly columns: readonly string[]; readonly already: boolean };

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/**
 * The statements that place the tables in a Citus cluster: every table by its shop, all of them together, so that a
 * shop's rows are joined on one machine; the list of shops on each; sessions by the shop's domain, which they have before
 * there is a shop. Tables that are placed are passed over. @throws Error for a table that no rule places.
 */
export function distributionPlan(tables: readonly PlacedTable[]): string[] {
  const byShop = tables.filter(({ columns }) => columns.includes('shop_id'));
  const [first] = byShop.toSorted((a, b) => Number(b.already) - Number(a.already));
  const statements = tables.flatMap(({ name, columns, already }): string[] => {
    if (already || name === '_prisma_migrations') return [];
    if (name === 'shops') return [`SELECT create_reference_table(${quoted(name)})`];
    const column = ['shop_id', 'shop_domain'].find((candidate) => columns.includes(candidate));
    if (!column) throw new Error(`the table ${name} has no shop to be distributed by`);
    const near = column === 'shop_id' && first && first.name !== name ? first.name : 'none';
    return [`SELECT create_distributed_table(${quoted(name)}, ${quoted(column)}, colocate_with => ${quoted(near)})`];
  });
  // The one to which the others go must be there before them.
  const leader = first && `create_distributed_table(${quoted(first.name)},`;
  const ordered = statements.toSorted(
    (a, b) => Number(leader !== undefined && b.includes(leader)) - Number(leader !== undefined && a.includes(leader)),
  );
  // The triggers (audit log, counts of customers) touch rows of their own shop alone, which is what Citus cannot know.
  return ordered.length === 0 ? [] : ['SET citus.enable_unsafe_triggers = on', ...ordered];
}
