import { z } from 'zod';
import { addDays, dayOf, startOfDay } from '../../core/calendar.ts';
import { Prisma } from '../../generated/prisma/client.ts';
import type { CampaignForm, Problems } from '../campaign-form.ts';
import { ruleKind, type Moment } from './rule.store.server.ts';

const MOST_DAYS = 3_650;
const days = z.int().min(1).max(MOST_DAYS);

/** Whole days back in the shop's zone: 30 means since the start of the day 30 days ago. */
function daysAgo(moment: Moment, count: number): Date {
  return startOfDay(addDays(dayOf(moment.now, moment.timezone), -count), moment.timezone);
}

function daysOfForm(form: CampaignForm, problems: Problems): number | null {
  const count = /^\d{1,4}$/.test(form.days.trim()) ? Number(form.days) : 0;
  if (count >= 1 && count <= MOST_DAYS) return count;
  problems['days'] = 'campaigns.error.days';
  return null;
}

/** Ordered last within so many days. */
export const recentRule = ruleKind({
  code: 'recent',
  schema: z.strictObject({ code: z.literal('recent'), days }),
  fromForm(form, { problems }) {
    const count = form.lastOrder === 'recent' ? daysOfForm(form, problems) : null;
    return count === null ? null : { code: 'recent', days: count };
  },
  words: (rule) => ({ key: 'campaigns.rule.recent', days: rule.days }),
  where: (rule, moment) => Prisma.sql`r.last_order_at >= ${daysAgo(moment, rule.days)}`,
});

/** Ordered before, but not within so many days. */
export const lapsedRule = ruleKind({
  code: 'lapsed',
  schema: z.strictObject({ code: z.literal('lapsed'), days }),
  fromForm(form, { problems }) {
    const count = form.lastOrder === 'lapsed' ? daysOfForm(form, problems) : null;
    return count === null ? null : { code: 'lapsed', days: count };
  },
  words: (rule) => ({ key: 'campaigns.rule.lapsed', days: rule.days }),
  where: (rule, moment) => Prisma.sql`r.last_order_at < ${daysAgo(moment, rule.days)}`,
});
