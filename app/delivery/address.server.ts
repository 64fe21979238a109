import type { ShopScope } from '../platform/context.server.ts';
import { exactHashes, personKeys } from '../record/index.server.ts';

/** By what an address is known in the list of those that are not written to: its hash under each key of the ring, the one in use first. */
export const addressHashes = (scope: Pick<ShopScope, 'shop' | 'env'>, email: string | null): Buffer[] =>
  exactHashes(personKeys(scope), 'email', email);
