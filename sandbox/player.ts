/** Live traffic: a seeded player that orders, returns, changes and restocks like the shop's own history, at a settable rate. */
import {
  busyness,
  makePlanner,
  type AfterAct,
  type PlayBasket,
  type PlayedOrder,
  type PlayHistory,
  type PlayLine,
  type Planner,
} from './play/plan.ts';
import { seeded, type Chance } from './random.ts';

export type { PlayBasket, PlayBuyer, PlayedOrder, PlayHistory, PlayLine } from './play/plan.ts';

/** What the player may do to one store. `undefined` or `false` means that the store refused, with its own reason. */
export type PlayerDoors = {
  history(): PlayHistory;
  /** The latest orders, oldest first, so that a restart has something to return. */
  recentOrders(limit: number): readonly PlayedOrder[];
  /** Hour of the week now in the shop's zone: weekday * 24 + hour, Sunday first. */
  hourOfWeek(): number;
  checkout(basket: PlayBasket): Promise<PlayedOrder | undefined>;
  abandon(basket: PlayBasket): Promise<boolean>;
  refund(input: { orderId: string; lines: { lineItemId: string; quantity: number }[]; restock: boolean }): Promise<boolean>;
  cancel(orderId: string): Promise<boolean>;
  /** Gives the order's lines as they are after the edit. */
  edit(input: { orderId: string; add: PlayLine[]; remove: { lineItemId: string; quantity: number }[] }): Promise<PlayedOrder | undefined>;
  fulfil(orderId: string): Promise<boolean>;
  receive(input: { variantId: string; units: number }): Promise<boolean>;
};

export type Played = {
  orders: number;
  refused: number;
  refunds: number;
  cancels: number;
  edits: number;
  fulfilments: number;
  abandoned: number;
  receipts: number;
};

export type Player = {
  /** Orders a minute on the history's average; 0 rests. */
  setRate(ordersPerMinute: number): void;
  readonly rate: number;
  /** Everything since the start. */
  readonly played: Readonly<Played>;
  /** Why the last step failed, when it did. */
  readonly lastError: string | undefined;
  /** Plays so many orders, with all that goes with them, as fast as the store answers. Gives what this call did. */
  play(options: { orders: number; seed: number }): Promise<Played>;
  stop(): Promise<void>;
};

const REMEMBERED = 200;
const LONGEST_PAUSE_MS = 60_000;

const nothing = (): Played => ({ orders: 0, refused: 0, refunds: 0, cancels: 0, edits: 0, fulfilments: 0, abandoned: 0, receipts: 0 });

/** One run of traffic: a planner, the orders it remembers, and what it did. */
class Run {
  readonly played = nothing();
  readonly #doors: PlayerDoors;
  readonly #planner: Planner;
  #recent: PlayedOrder[];

  constructor(doors: PlayerDoors, chance: Chance, salt: string) {
    this.#doors = doors;
    this.#planner = makePlanner(doors.history(), chance, salt);
    this.#recent = [...doors.recentOrders(REMEMBERED)];
  }

  /** One order, and what follows. */
  async step(): Promise<void> {
    const order = await this.#doors.checkout(this.#planner.basket());
    this.played[order ? 'orders' : 'refused'] += 1;
    if (order) this.#recent.push(order);
    if (this.#recent.length > REMEMBERED) this.#recent.splice(0, this.#recent.length - REMEMBERED);
    for (const act of this.#planner.after(this.#recent)) await this.#perform(act);
  }

  #forget(order: PlayedOrder): void {
    this.#recent = this.#recent.filter((one) => one !== order);
  }

  #replace(order: PlayedOrder, now: PlayedOrder): void {
    this.#recent = this.#recent.map((one) => (one === order ? now : one));
  }

  #count(figure: keyof Played, done: boolean): boolean {
    this.played[done ? figure : 'refused'] += 1;
    return done;
  }

  async #refund(act: Extract<AfterAct, { kind: 'refund' }>): Promise<void> {
    const { order, lines, restock } = act;
    if (!this.#count('refunds', await this.#doors.refund({ orderId: order.id, lines, restock }))) return this.#forget(order);
    const back = new Map(lines.map(({ lineItemId, quantity }) => [lineItemId, quantity]));
    const left = order.lines.map(({ id, quantity }) => ({ id, quantity: quantity - (back.get(id) ?? 0) }));
    this.#replace(order, { ...order, lines: left });
  }

  async #edit({ order, add, remove }: Extract<AfterAct, { kind: 'edit' }>): Promise<void> {
    const edited = await this.#doors.edit({ orderId: order.id, add, remove });
    if (this.#count('edits', edited !== undefined) && edited) this.#replace(order, edited);
    else this.#forget(order);
  }

  async #perform(act: AfterAct): Promise<void> {
    switch (act.kind) {
      case 'refund':
        return this.#refund(act);
      case 'edit':
        return this.#edit(act);
      case 'cancel':
        this.#count('cancels', await this.#doors.cancel(act.order.id));
        return this.#forget(act.order);
      case 'fulfil':
        if (this.#count('fulfilments', await this.#doors.fulfil(act.order.id))) this.#replace(act.order, { ...act.order, fulfilled: true });
        else this.#forget(act.order);
        return;
      case 'abandon':
        this.#count('abandoned', await this.#doors.abandon(act.basket));
        return;
      case 'receive':
        this.#count('receipts', await this.#doors.receive(act));
        return;
    }
  }
}

/**
 * A player of one store. Live traffic comes at random moments (a Poisson process) at the set rate,
 * more in the hours in which the shop's customers buy more. `salt` tells its newcomers' addresses from another run's.
 */
export function createPlayer({ doors, seed, salt }: { doors: PlayerDoors; seed: number; salt: string }): Player {
  const chance = seeded(`${seed} ${salt}`);
  const total = nothing();
  let live: Run | undefined;
  let rate = 0;
  let timer: NodeJS.Timeout | undefined;
  let stepping: Promise<void> = Promise.resolve();
  let lastError: string | undefined;

  const add = (more: Played): void => {
    for (const figure of Object.keys(total)) if (isFigure(figure)) total[figure] += more[figure];
  };
  const schedule = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (rate === 0) return;
    live ??= new Run(doors, chance, `${salt}-live`);
    const perMinute = rate * busyness(doors.history().hours, doors.hourOfWeek());
    const pause = Math.min(LONGEST_PAUSE_MS, (-Math.log(1 - chance.next()) / perMinute) * 60_000);
    timer = setTimeout(() => {
      stepping = stepOnce();
    }, pause);
    timer.unref();
  };
  const stepOnce = async (): Promise<void> => {
    try {
      await live?.step();
      lastError = undefined;
    } catch (error) {
      // A store that cannot answer now is asked again later; the control page shows why.
      lastError = error instanceof Error ? error.message : String(error);
    }
    schedule();
  };
  return {
    setRate(ordersPerMinute) {
      if (!Number.isFinite(ordersPerMinute) || ordersPerMinute < 0) throw new Error('orders per minute: a number from 0 on is needed');
      rate = ordersPerMinute;
      schedule();
    },
    get rate() {
      return rate;
    },
    get played() {
      const sum = { ...total };
      if (live) for (const figure of Object.keys(sum)) if (isFigure(figure)) sum[figure] += live.played[figure];
      return sum;
    },
    get lastError() {
      return lastError;
    },
    async play({ orders, seed: playSeed }) {
      const run = new Run(doors, seeded(`play ${playSeed} ${salt}`), `${salt}-${playSeed}`);
      // A store that refuses every basket must not keep us here for ever.
      for (let steps = 0; run.played.orders < orders && steps < orders * 3 + 10; steps += 1) await run.step();
      add(run.played);
      return run.played;
    },
    async stop() {
      rate = 0;
      clearTimeout(timer);
      await stepping;
      clearTimeout(timer);
    },
  };
}

function isFigure(name: string): name is keyof Played {
  return Object.hasOwn(nothing(), name);
}
