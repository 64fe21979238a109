import { z } from 'zod';
import { Prisma } from '../../generated/prisma/client.ts';
import { ruleKind } from './rule.store.server.ts';

/** Agreed to marketing by e-mail. */
export const consentRule = ruleKind({
  code: 'consent',
  schema: z.strictObject({ code: z.literal('consent') }),
  fromForm: (form) => (form.consent ? { code: 'consent' } : null),
  words: () => ({ key: 'campaigns.rule.consent' }),
  where: () => Prisma.sql`c.email_consent = 'subscribed'`,
});
