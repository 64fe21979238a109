import type { Platform, ShopRef } from '../platform/context.server.ts';
import type { ShopTx } from '../platform/db.server.ts';
import type { AdminClient } from '../shopify/index.server.ts';
import { readCampaign, type Campaign } from './campaigns.store.server.ts';
import type { Wave } from './waves/waves.store.server.ts';

/** The store refused what a campaign needs; trying again would not help. */
export class CampaignRefusedError extends Error {
  override readonly name = 'CampaignRefusedError';
}

export type CreateTools = { client: AdminClient; bytes?: (count: number) => Uint8Array; pause?: (ms: number) => Promise<void> };
/** `wave`: the one that is being made; null where everybody goes at once. */
export type Work = { platform: Platform; shop: ShopRef; tools: CreateTools; id: number; wave: Wave | null };

export const inShop = <T>({ platform, shop }: Pick<Work, 'platform' | 'shop'>, work: (tx: ShopTx) => Promise<T>): Promise<T> =>
  platform.db.forShop(shop.id, work);

export const current = async (work: Pick<Work, 'platform' | 'shop' | 'id'>): Promise<Campaign> => {
  const campaign = await inShop(work, (tx) => readCampaign(tx, work.shop.id, work.id));
  if (!campaign) throw new CampaignRefusedError('the campaign is gone');
  return campaign;
};

/** Codes are made while a campaign begins, and while it runs for its later waves; not once it is paused or ended. */
export const isMade = ({ status }: Campaign): boolean => status === 'creating' || status === 'active';
