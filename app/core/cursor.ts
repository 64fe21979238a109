import { z } from 'zod';

/** Where a page of a list ends: the value that the list is sorted by, and the id of the row. */
export type Cursor = { value: string | null; id: string };

const shape = z.tuple([z.string().max(100).nullable(), z.string().regex(/^\d{1,20}$/)]);

export function cursorText(cursor: Cursor): string {
  return JSON.stringify([cursor.value, cursor.id]);
}

/** A cursor from an address; null where it is none, so that a broken link shows the first page. */
export function parseCursor(text: string | null): Cursor | null {
  if (!text) return null;
  try {
    const parsed = shape.safeParse(JSON.parse(text));
    return parsed.success ? { value: parsed.data[0], id: parsed.data[1] } : null;
  } catch {
    // Not even JSON: an address that somebody cut.
    return null;
  }
}

/** The page that an address asks for. */
export function cursorOf(params: URLSearchParams): { at: Cursor; way: 'after' | 'before' } | null {
  const after = parseCursor(params.get('after'));
  if (after) return { at: after, way: 'after' };
  const before = parseCursor(params.get('before'));
  return before ? { at: before, way: 'before' } : null;
}
