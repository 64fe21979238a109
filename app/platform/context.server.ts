import type { Clock } from './clock.server.ts';
import type { KeyRing } from './crypto.server.ts';
import type { Db } from './db.server.ts';
import type { Env } from './env.server.ts';
import type { Logger } from './logger.server.ts';
import type { JobQueue } from './queue.server.ts';

/** What every use case may need; made once a process by its entry and passed in. */
export type Platform = {
  readonly env: Env;
  readonly db: Db;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly log: Logger;
};

/** The shop a use case works for. */
export type ShopRef = {
  readonly id: number;
  readonly domain: string;
  readonly currency: string;
  readonly timezone: string;
  /** Only the last 60 days of orders can be read. */
  readonly historyLimited?: boolean;
};

/** A shop with the keys that seal what says who its customers are. */
export type KeyedShop = ShopRef & { readonly keys: KeyRing };
export const keyed = (shop: ShopRef, { env }: Pick<Platform, 'env'>): KeyedShop => ({ ...shop, keys: env.keys });

/** Who acts: a member of the store's staff (Shopify's id), the operator of this installation, or the program itself. */
export type Actor = { readonly kind: 'staff' | 'operator' | 'system'; readonly id: string | null };
export const SYSTEM: Actor = { kind: 'system', id: null };

/** `actor` is missing where the program acts by itself. */
export type ShopScope = Platform & { readonly shop: ShopRef; readonly actor?: Actor };
