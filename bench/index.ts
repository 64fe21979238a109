import type { Bench } from './bench.ts';
import { backfill } from './backfill.ts';
import { door } from './door.ts';
import { fairness } from './fairness.ts';
import { pages } from './pages.ts';
import { projection } from './projection.ts';

/** Every bench by the name under which `npm run bench -- <name>` runs it; a new one is a file and a line here. */
export const BENCHES: Readonly<Record<string, Bench>> = { door, projection, backfill, fairness, pages };
