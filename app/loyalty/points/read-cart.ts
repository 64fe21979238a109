import { z } from 'zod';

/** So many pieces of a product. */
export type CartLine = { readonly productId: bigint; readonly pieces: number };

const typed = z.array(z.object({ product: z.string().regex(/^\d{1,18}$/), pieces: z.string().max(10) })).max(100);
const MOST_PIECES = 1_000;

/** The goods of a cart as a page sends them; null where it is none. What is no number of pieces is none. */
export function readCart(json: string): CartLine[] | null {
  try {
    return typed.parse(JSON.parse(json)).map(({ product, pieces }) => ({
      productId: BigInt(product),
      pieces: /^\d{1,4}$/.test(pieces) ? Math.min(MOST_PIECES, Number(pieces)) : 0,
    }));
  } catch {
    return null;
  }
}
