import { setTimeout as sleep } from 'node:timers/promises';
import { checkAll, untilDrained, type Checked, type Difference } from './check.ts';
import { disturb, type Refusal } from './disturb.ts';
import type { ChaosOptions } from './options.ts';
import { planDisturbances, type Disturbance } from './plan-disturbances.ts';
import { planLoad } from './plan-load.ts';
import { startSending, type Sender, type Tally } from './send.ts';
import { spoil } from './spoil.ts';
import { orphanApplied } from './orphan.ts';
import { startClock } from './run-clock.ts';
import { SECRET, startStack, type Stack } from './stack.ts';

const DAY_MS = 86_400_000;
/** The clock goes on once a delivery has come through since the last disturbance; after so long it does so anyway. */
const STAND_STILL_MS = 30_000;
const SHORTEST_MS = 200;
/** Bounds of what follows the disturbances; generous, since a machine may be busy. */
const ACKNOWLEDGE_MS = 300_000;
const DRAIN_MS = 240_000;
/** The sweeper runs each minute. */
const ORPHAN_MS = 180_000;
const PROGRESS_MS = 10_000;

export type ChaosReport = {
  seed: number;
  engine: ChaosOptions['engine'];
  seconds: number;
  /** Disturbances by kind. */
  done: Record<string, number>;
  tally: Tally;
  checked: Omit<Checked, 'differences'>;
  differences: Difference[];
  logFolder: string | null;
};

export type ChaosTools = {
  /** Gets a line for each thing that was done. */
  tell: (line: object) => void;
  /** Called with everything still up, after the check; `again` checks once more. */
  afterwards?: (run: { stack: Stack; acknowledged: ReadonlySet<string>; again: () => Promise<Checked> }) => Promise<void>;
};

/**
 * One run: processes up, deliveries and disturbances by the seed, calm, check.
 * @throws when the processes do not come up or do not get calm; what differs is in the report.
 */
export async function runChaos(options: ChaosOptions, tools: ChaosTools): Promise<ChaosReport> {
  const stack = await startStack(options, (line) => tools.tell(line));
  let keepLogs = true;
  try {
    const report = await disturbAndCheck(stack, options, tools);
    keepLogs = options.logs || (report.differences.length > 0 && options.spoil === null);
    return { ...report, logFolder: keepLogs ? stack.logFolder : null };
  } catch (error) {
    throw new Error(`seed ${options.seed}, ${options.engine}: the run did not end; the logs are in ${stack.logFolder}`, { cause: error });
  } finally {
    await stack.stop({ keepLogs });
  }
}

async function disturbAndCheck(stack: Stack, options: ChaosOptions, tools: ChaosTools): Promise<Omit<ChaosReport, 'logFolder'>> {
  const begun = performance.now();
  const seconds = (): number => Math.round((performance.now() - begun) / 100) / 10;
  const tell = (line: object): void => tools.tell({ at: seconds(), ...line });
  const deliveries = planLoad(options, Math.floor(Date.now() / DAY_MS) * DAY_MS - 30 * DAY_MS);
  const disturbances = planDisturbances(options);
  tell({ did: 'start', seed: options.seed, engine: options.engine, deliveries: deliveries.length, disturbances: disturbances.length });

  const refusals: Refusal[] = [];
  const done: Record<string, number> = {};
  const differences: Difference[] = [];
  const clock = startClock();
  const sender = startSending({ deliveries, clock, ports: stack.webPorts, secret: SECRET, refusals });
  const progress = setInterval(() => {
    const { sent, acknowledged, retried, answers } = sender.tally;
    tell({ did: 'go on', sent, acknowledged, retried, answers: { ...answers } });
  }, PROGRESS_MS);
  try {
    const under: Promise<void>[] = [];
    for (const disturbance of disturbances) {
      await clock.until(disturbance.atMs);
      const before = sender.tally.acknowledged;
      done[disturbance.kind] = (done[disturbance.kind] ?? 0) + 1;
      under.push(tellOf(disturb(stack, disturbance, refusals), { at: seconds(), disturbance, tell: tools.tell }));
      await clock.until(disturbance.atMs + SHORTEST_MS);
      await clock.standStillUntil(() => sender.tally.acknowledged > before, STAND_STILL_MS);
    }
    await Promise.all(under);
    await stack.allUp();
    tell({ did: 'calm' });
    await acknowledgeAll(sender);
    tell({ did: 'all answered', acknowledged: sender.tally.acknowledged, givenUp: sender.tally.givenUp });
    const waiting = await untilDrained(stack, DRAIN_MS);
    tell({ did: 'drained', waiting });
  } finally {
    clearInterval(progress);
    sender.abandon();
    sender.close();
  }
  const known = { deliveries, sent: sender.sent, acknowledged: sender.acknowledged };
  if (options.spoil) tell({ did: 'spoil', ...(await spoil(stack, options.spoil, sender.acknowledged)) });
  const checked = await checkAll(stack, known);
  if (options.sweep) {
    const found = await orphanApplied(stack, ORPHAN_MS);
    tell({ did: 'look for a delivery without a job', found });
    if (!found) differences.push({ what: 'a delivery without a job was not found by the clock' });
  }
  const lied = sender.tally.whileRefusing['200'] ?? 0;
  if (lied > 0) differences.push({ what: 'answered 200 while the database refused', times: lied });
  for (const program of stack.all())
    if (program.ends.served > 0) differences.push({ what: 'ended by itself', program: program.name, times: program.ends.served });
  await tools.afterwards?.({ stack, acknowledged: sender.acknowledged, again: () => checkAll(stack, known) });
  const { differences: found, ...figures } = checked;
  return {
    seed: options.seed,
    engine: options.engine,
    seconds: seconds(),
    done,
    tally: sender.tally,
    checked: figures,
    differences: [...differences, ...found],
  };
}

/** Says what was done once it is over; that a server was down already is part of the game. */
async function tellOf(
  work: Promise<object>,
  { at, disturbance, tell }: { at: number; disturbance: Disturbance; tell: ChaosTools['tell'] },
): Promise<void> {
  const { kind, forMs } = disturbance;
  const more = await work.catch((error: unknown) => ({ failed: String(error) }));
  tell({ at, did: kind, ...(forMs > 0 ? { seconds: forMs / 1_000 } : {}), ...more });
}

/** Everything is up again, so each delivery gets its 200 soon. */
async function acknowledgeAll(sender: Sender): Promise<void> {
  const late = new AbortController();
  const timeout = sleep(ACKNOWLEDGE_MS, undefined, { signal: late.signal }).then(
    () => sender.abandon(),
    () => undefined,
  );
  await sender.done;
  late.abort();
  await timeout;
}
