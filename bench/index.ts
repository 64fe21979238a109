import type { Bench } from './bench.ts';
import { audience } from './audience.ts';
import { backfill } from './backfill.ts';
import { fairness } from './fairness.ts';
import { growth } from './growth.ts';
import { ingest } from './ingest.ts';
import { ledger } from './ledger.ts';
import { pages } from './pages.ts';
import { project } from './project.ts';

/** Every bench by the name under which `npm run bench -- <name>` runs it; a new one is a file and a line here. */
export const BENCHES: Readonly<Record<string, Bench>> = { ingest, project, backfill, growth, fairness, pages, audience, ledger };
