import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import { ruleKind } from './rule.store.server.ts';

/** Holds one of these loyalty tiers now. */
export const tierRule = ruleKind({
  code: 'tier',
  schema: z.strictObject({ code: z.literal('tier'), tierIds: z.array(z.int()).min(1).max(10) }),
  fromForm(form) {
    const tierIds = form.tiers.map(Number).filter((id) => Number.isInteger(id));
    return tierIds.length > 0 ? { code: 'tier', tierIds } : null;
  },
  words: ({ tierIds }) => ({ key: 'campaigns.rule.tier', tierIds }),
  where: ({ tierIds }) => Prisma.sql`m.tier_id = ANY(${tierIds}::int[])`,
});
