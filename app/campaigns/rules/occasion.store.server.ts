import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import { ruleKind } from './rule.store.server.ts';

/** Was chosen by a run of a standing campaign. No form asks for it. */
export const occasionRule = ruleKind({
  code: 'occasion',
  schema: z.strictObject({ code: z.literal('occasion'), standing: z.int().positive(), run: z.int().positive() }),
  fromForm: () => null,
  words: () => ({ key: 'standing.rule' }),
  where: ({ standing, run }, { shopId }) => Prisma.sql`c.id IN (SELECT o.customer_id FROM standing_occasions o
    WHERE o.shop_id = ${shopId} AND o.standing_id = ${standing} AND o.run = ${run})`,
});
