import type { Earned } from './earn.ts';

const HUNDRED = 100;

/** What a tier adds to points that earn so many hundredths: whole points, less with each part that is taken back. */
export function tierBonus({ points, takenBack }: Earned, times: number): Earned {
  const more = (held: number): number => Math.floor((held * Math.max(0, times - HUNDRED)) / HUNDRED);
  let held = points;
  const parts = takenBack.flatMap((part) => {
    const before = more(held);
    held -= part.points;
    const back = before - more(held);
    return back > 0 ? [{ ...part, points: back }] : [];
  });
  return { points: more(points), takenBack: parts };
}
