import type { Mark } from './segment-mark.ts';

/** Where a saved segment comes from: written here, or read from the store's own segments. */
export const SOURCES = ['own', 'shopify'] as const;
export type SegmentSource = (typeof SOURCES)[number];

export type SavedSegment = {
  readonly id: number;
  readonly name: string;
  readonly query: string;
  /** One more with each change of name or query. */
  readonly version: number;
  readonly source: SegmentSource;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  /** How many customers this version held when it was counted last. */
  readonly counted: number | null;
  readonly countedAt: Date | null;
  /** How its customers are marked in the store, and when that was last brought up to date. */
  readonly mark: Mark | null;
  readonly markedAt: Date | null;
};

/** So many segments of each source a shop can have. */
export const MOST_SEGMENTS = 200;
const LONGEST_NAME = 100;

/** A name with single blanks and no control characters; null where nothing is left or it is too long. */
export function segmentName(text: string): string | null {
  const name = text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .normalize();
  return name === '' || name.length > LONGEST_NAME ? null : name;
}

/** The name itself and, where it is taken already, others like it, within the length that a name may have. */
export function namesFor(name: string, suffix: string, most: number): string[] {
  return Array.from({ length: most }, (_, at) => {
    const end = at === 0 ? '' : at === 1 ? ` (${suffix})` : ` (${suffix} ${at})`;
    return `${name.slice(0, LONGEST_NAME - end.length)}${end}`;
  });
}

/** By which two names are the same. */
export const nameKey = (name: string): string => name.normalize().toLowerCase();
