import type { BenchServer } from './server.ts';

/** What a bench is given by the run it belongs to. */
export type BenchRun = {
  /** Small sizes: shows that the bench works, its figures say little. */
  readonly quick: boolean;
  /** `--orders N`: orders of the bench `backfill`. */
  readonly orders: number | null;
  /** `--to N`: the largest size of the bench `growth`, in orders. */
  readonly to: number | null;
  /** `--customers N`: customers of the bench `audience`. */
  readonly customers: number | null;
  readonly server: BenchServer;
  /** Tells who waits what is going on; on standard error. */
  progress(line: string): void;
  /** Prints a figure of this bench. */
  figure(name: string, value: number, unit: string): void;
};

/** One bench: our path and the bare limit of the same work, side by side in one run. Throws when anything failed. */
export type Bench = { readonly about: string; readonly run: (run: BenchRun) => Promise<void> };
