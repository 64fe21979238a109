import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { createPlayer, type Player } from '../player.ts';
import { Actions } from './actions.ts';
import { PointBucket } from './bucket.ts';
import { Deliveries, deliveryShape } from './deliveries.ts';
import { finishCreation } from './discount-fields.ts';
import { playerDoors } from './player-doors.ts';
import { startBulk } from './roots.ts';
import { Store } from './store.ts';

export type App = { apiKey: string; apiSecret: string };
/** One store with everything that acts on it. */
export type Shop = {
  readonly store: Store;
  readonly actions: Actions;
  readonly deliveries: Deliveries;
  readonly bucket: PointBucket;
  readonly player: Player;
  close(): Promise<void>;
};

export type ShopOptions = {
  folder: string;
  dataFolder: string;
  bulkFolder: string;
  webhookUrl: string;
  app: App;
  ordersPerMinute: number;
  /** Cost points a second; the bucket holds twenty times as many. */
  restoreRate: number;
  retryScaleMs: number;
  apiVersion: string;
  now: () => Date;
};

const WEEK_MS = 7 * 86_400_000;

/** Exports live seven days, as Shopify's do. */
function dropOldExports(folder: string, now: Date): void {
  for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
    const file = path.join(folder, name);
    if (fs.statSync(file).mtimeMs < now.getTime() - WEEK_MS) fs.rmSync(file, { force: true });
  }
}

/** What was begun before a restart is ended: exports run again, codes are added. */
function goOn(store: Store, options: ShopOptions): void {
  dropOldExports(options.bulkFolder, options.now());
  for (const operation of store.operations.values()) {
    if (operation.status === 'CREATED' || operation.status === 'RUNNING') {
      setImmediate(() => void startBulk(operation, { store, now: options.now }, options.bulkFolder));
    } else if (operation.file && !fs.existsSync(operation.file)) store.put({ t: 'operation', v: { ...operation, file: null } });
  }
  for (const creation of store.creations.values()) finishCreation(store, creation);
}

/** Opens a store where an earlier run left it, with the webhooks that were not taken yet. */
export function openShop(options: ShopOptions): Shop {
  const { app, now, restoreRate } = options;
  const store = new Store(options.folder, options.dataFolder);
  const deliveries = new Deliveries({
    url: options.webhookUrl,
    secret: () => app.apiSecret,
    retryScaleMs: options.retryScaleMs,
    apiVersion: options.apiVersion,
  });
  const actions = new Actions(store, deliveries, now);
  const salt = String(now().getTime());
  const player = createPlayer({ doors: playerDoors(store, actions, now), seed: now().getTime(), salt });
  const waiting = path.join(options.dataFolder, store.domain, 'webhooks.json');
  if (fs.existsSync(waiting)) {
    deliveries.resume(z.array(deliveryShape).parse(JSON.parse(fs.readFileSync(waiting, 'utf8'))));
    fs.rmSync(waiting);
  }
  goOn(store, options);
  player.setRate(options.ordersPerMinute);
  return {
    store,
    actions,
    deliveries,
    bucket: new PointBucket({ maximum: restoreRate * 20, restoreRate, now: now().getTime() }),
    player,
    async close() {
      await player.stop();
      deliveries.close();
      const unsent = deliveries.unsent();
      if (unsent.length > 0) fs.writeFileSync(waiting, JSON.stringify(unsent));
      store.close();
    },
  };
}
