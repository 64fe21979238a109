import { z } from 'zod';
import { segmentCondition } from '../../audience/index.server.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import { ruleKind, type Moment } from './rule.store.server.ts';

const MOST_CHARACTERS = 5_000;

const conditionOf = (query: string, { shopId, timezone, currency, now }: Moment) =>
  segmentCondition({ shop: { id: shopId, timezone, currency }, clock: { now: () => now } }, query);

/** Numbered parameters as Prisma's own, which numbers them anew among those of the other rules. */
function sqlOf(where: string, values: readonly unknown[]): Prisma.Sql {
  const parts = where.split(/\$(\d+)/);
  const texts = parts.filter((_, at) => at % 2 === 0);
  return new Prisma.Sql(
    texts,
    parts.filter((_, at) => at % 2 === 1).map((place) => values[Number(place) - 1]),
  );
}

/** Is in a segment, by its query; days in it are those of the moment at which it is asked. */
export const segmentRule = ruleKind({
  code: 'segment',
  schema: z.strictObject({ code: z.literal('segment'), query: z.string().min(1).max(MOST_CHARACTERS) }),
  fromForm(form, { shop, problems }) {
    const query = form.segment.trim();
    if (query === '') return null;
    const isSegment =
      query.length <= MOST_CHARACTERS && conditionOf(query, { shopId: 0, timezone: 'UTC', now: new Date(), ...shop }).kind === 'condition';
    if (!isSegment) problems['segment'] = 'campaigns.error.segment';
    return isSegment ? { code: 'segment', query } : null;
  },
  words: ({ query }) => ({ key: 'campaigns.rule.segment', query }),
  where({ query }, moment) {
    const condition = conditionOf(query, moment);
    // A query that was one when the campaign was made; should it be none any more, it reaches nobody.
    return condition.kind === 'condition' ? sqlOf(condition.where, condition.values) : Prisma.sql`false`;
  },
});
