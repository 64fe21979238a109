import { bearerOf } from '../../../contracts/bound-code.ts';
import type { CartLinesDiscountsGenerateRunResult, CartOperation, TierLinesQuery } from '../generated/api';
import { isRecord, perksOf } from './perks.ts';

type Line = TierLinesQuery['cart']['lines'][number];
type Config = { readonly products: ReadonlySet<unknown>; readonly codeKey: string | null };

/** Of a configuration that is not there or of no known shape nothing is excluded but gift cards, and no code refused. */
function configOf(value: unknown): Config {
  if (!isRecord(value) || value['version'] !== 1) return { products: new Set(), codeKey: null };
  const products: readonly unknown[] = Array.isArray(value['products']) ? value['products'] : [];
  return { products: new Set(products), codeKey: typeof value['codeKey'] === 'string' ? value['codeKey'] : null };
}

function isExcluded({ merchandise }: Line, { products }: Config): boolean {
  if (merchandise.__typename === 'CustomProduct') return merchandise.isGiftCard;
  const { product } = merchandise;
  return product.isGiftCard || product.hasExcludedTag || product.inExcludedCollection || products.has(product.id);
}

const REFUSED = {
  en: 'This code belongs to another customer. Log in with the account that received it.',
  zh: '此优惠码属于其他客户。请登录收到该优惠码的账户。',
};

function refusals(input: TierLinesQuery, codeKey: string | null): CartOperation[] {
  if (codeKey === null) return [];
  const customerId = input.cart.buyerIdentity?.customer?.id.split('/').at(-1) ?? null;
  const bearer = bearerOf(codeKey, customerId);
  const codes = input.enteredDiscountCodes
    .filter(({ code, rejectable }) => rejectable && bearer(code) === 'somebody-else')
    .map(({ code }) => ({ code }));
  const message = input.localization.language.isoCode.startsWith('ZH') ? REFUSED.zh : REFUSED.en;
  return codes.length === 0 ? [] : [{ enteredDiscountCodesReject: { codes, message } }];
}

function tierDiscount(input: TierLinesQuery, config: Config): CartOperation[] {
  const perks = perksOf(input.cart.buyerIdentity?.customer?.loyalty?.jsonValue);
  const { lines } = input.cart;
  if (!perks?.percent || !input.discount.discountClasses.includes('ORDER')) return [];
  const excludedCartLineIds = lines.filter((line) => isExcluded(line, config)).map(({ id }) => id);
  if (excludedCartLineIds.length === lines.length) return [];
  return [
    {
      orderDiscountsAdd: {
        selectionStrategy: 'FIRST',
        candidates: [
          { targets: [{ orderSubtotal: { excludedCartLineIds } }], value: { percentage: { value: perks.percent } }, message: perks.tier },
        ],
      },
    },
  ];
}

/** The tier's percentage off the order but what is excluded, and the codes that are somebody else's refused. */
export function cartLinesDiscountsGenerateRun(input: TierLinesQuery): CartLinesDiscountsGenerateRunResult {
  const config = configOf(input.discount.config?.jsonValue);
  return { operations: [...refusals(input, config.codeKey), ...tierDiscount(input, config)] };
}
