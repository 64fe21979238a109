import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import { amountField, ruleKind } from './rule.store.server.ts';

const minor = z.string().regex(/^\d{1,15}$/);

/** Net spend of all time, at least and at most; minor units of the shop's currency, as text. */
export const spendRule = ruleKind({
  code: 'spend',
  schema: z.strictObject({ code: z.literal('spend'), least: minor.nullable(), most: minor.nullable() }),
  fromForm(form, context) {
    const [least, most] = [amountField(form, 'least', context), amountField(form, 'most', context)];
    return least === null && most === null ? null : { code: 'spend', least, most };
  },
  words({ least, most }) {
    if (least === null) return { key: 'campaigns.rule.most', most };
    return most === null ? { key: 'campaigns.rule.least', least } : { key: 'campaigns.rule.between', least, most };
  },
  where: ({ least, most }) =>
    Prisma.sql`(${least}::bigint IS NULL OR COALESCE(r.net, 0) >= ${least}::bigint) AND (${most}::bigint IS NULL OR COALESCE(r.net, 0) <= ${most}::bigint)`,
});
