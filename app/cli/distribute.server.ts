import { distributionPlan } from '../platform/distribution.ts';
import { connectAsOwner } from '../platform/distribution.store.server.ts';

/** The exit status where the database cannot be distributed as it is. */
const NOT_THERE = 3;

const MISSING = {
  unknown:
    'the PostgreSQL server does not have the extension "citus": one machine holds everything, and nothing was changed. Install Citus on every node, then run this again.',
  available:
    'the extension "citus" is on the server and not in this database; a superuser must run CREATE EXTENSION citus first. Nothing was changed.',
} as const;

/**
 * `npm run storebook -- distribute`: places the tables in a Citus cluster by shop. Run again, it goes on with what is not
 * placed. `onlyPlan` says the statements and runs none. @returns the exit status: 0 done, 3 the extension is missing.
 */
export async function distribute(url: string, options: { onlyPlan: boolean }, out: (line: string) => void): Promise<number> {
  const owner = await connectAsOwner(url);
  try {
    const state = await owner.clusterState();
    const plan = distributionPlan(await owner.tables(state));
    if (options.onlyPlan) {
      for (const statement of plan) out(`${statement};`);
      return 0;
    }
    if (state !== 'ready') {
      out(MISSING[state]);
      return NOT_THERE;
    }
    for (const statement of plan) {
      out(statement);
      await owner.run(statement);
    }
    out(plan.length === 0 ? 'every table is distributed' : 'distributed');
    return 0;
  } finally {
    await owner.close();
  }
}
