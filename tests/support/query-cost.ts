import { z } from 'zod';
import { Prisma } from '../../app/generated/prisma/client.ts';
import type { ShopTx } from '../../app/platform/db.server.ts';

type PlanNode = {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: PlanNode[];
};
const node: z.ZodType<PlanNode> = z.lazy(() =>
  z.looseObject({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Actual Rows': z.number().optional(),
    'Actual Loops': z.number().optional(),
    'Rows Removed by Filter': z.number().optional(),
    Plans: z.array(node).optional(),
  }),
);
const answer = z.tuple([z.object({ 'QUERY PLAN': z.tuple([z.object({ Plan: node })]) })]);

/** What a use case's queries touched: tables read from end to end, and all rows that scans looked at. */
export type QueryCost = { seqScans: string[]; rowsTouched: number; queries: number };

/** A transaction that explains every raw query before it runs it, and adds up what the plans did. */
export function measuringTx(tx: ShopTx): { tx: ShopTx; cost: QueryCost } {
  const cost: QueryCost = { seqScans: [], rowsTouched: 0, queries: 0 };
  const walk = (at: PlanNode): void => {
    if (at['Node Type'] === 'Seq Scan') cost.seqScans.push(at['Relation Name'] ?? '?');
    if (at['Relation Name']) {
      cost.rowsTouched += ((at['Actual Rows'] ?? 0) + (at['Rows Removed by Filter'] ?? 0)) * (at['Actual Loops'] ?? 1);
    }
    at.Plans?.forEach(walk);
  };
  const measured = new Proxy(tx, {
    get(target, property, receiver) {
      if (property === 'sql') {
        const rows: ShopTx['sql']['rows'] = async (statement, values = []) => {
          const plan = await target.sql.rows<object>({ text: `EXPLAIN (ANALYZE, FORMAT JSON) ${statement.text}` }, values);
          walk(answer.parse(plan)[0]['QUERY PLAN'][0].Plan);
          cost.queries += 1;
          return target.sql.rows(statement, values);
        };
        return { ...target.sql, rows, run: target.sql.run.bind(target.sql) };
      }
      if (property !== '$queryRaw') return Reflect.get(target, property, receiver);
      return async (strings: TemplateStringsArray, ...values: unknown[]) => {
        const query = Prisma.sql(strings, ...values);
        const plan = await target.$queryRawUnsafe(`EXPLAIN (ANALYZE, FORMAT JSON) ${query.text}`, ...query.values);
        walk(answer.parse(plan)[0]['QUERY PLAN'][0].Plan);
        cost.queries += 1;
        return target.$queryRaw(strings, ...values);
      };
    },
  });
  return { tx: measured, cost };
}
