import type { Rules } from './programme.ts';

type Words = {
  readonly t: (key: string, values: Record<string, string | number>) => string;
  readonly money: (minor: bigint) => string;
};

/** What earns points, a sentence each, as members read it. */
export function earnWords({ earn, signUp, firstOrder, events }: Rules, { t, money }: Words): string[] {
  const review = events.find(({ kind }) => kind === 'review');
  return [
    t('member.earns.spend', { count: earn.points, per: money(earn.per) }),
    ...(signUp > 0 ? [t('member.earns.signUp', { count: signUp })] : []),
    ...(firstOrder > 0 ? [t('member.earns.firstOrder', { count: firstOrder })] : []),
    ...(review && review.points > 0 ? [t('member.earns.review', { count: review.points })] : []),
  ];
}
