import { expect, it } from 'vitest';
import { memberEn, memberZh } from '../../i18n/member.ts';
import { pointsEn, pointsZh } from '../../i18n/points.ts';
import { CAUSES } from './causes.ts';

it('every cause has its words for staff and for members, in both languages', () => {
  for (const { causes } of [pointsEn, pointsZh, memberEn, memberZh])
    expect([...CAUSES, 'correction'].filter((cause) => !Object.hasOwn(causes, cause))).toEqual([]);
});
