import { parseMinor, toDecimal } from '../../app/core/money.ts';
import { seconds } from './clock.ts';
import type { RootFields } from './execute.ts';
import { at, decimalOf, nodeOf, onlyKnown, textOf, userError } from './input.ts';
import { type Node } from './node.ts';

const refused = (path: string[], message: string, code: string): Node => ({
  storeCreditAccountTransaction: null,
  userErrors: [userError(path, message, code)],
});

/** Gives store credit; it cannot be spent here, and what was given can be read. Nothing makes a repeat the same credit. */
export const creditFields: RootFields = {
  'Mutation.storeCreditAccountCredit': (args, { store, now }) => {
    const owner = textOf(args['id']);
    const input = nodeOf(args['creditInput']);
    onlyKnown(input, ['creditAmount', 'expiresAt', 'notify'], 'StoreCreditAccountCreditInput');
    const [amount, currencyCode] = [decimalOf(at(input, 'creditAmount', 'amount')), textOf(at(input, 'creditAmount', 'currencyCode'))];
    if (!store.customers.has(owner)) return refused(['id'], 'Owner does not exist.', 'OWNER_NOT_FOUND');
    if (currencyCode !== store.currency)
      return refused(['creditInput', 'creditAmount'], 'The currency provided is not currently supported.', 'UNSUPPORTED_CURRENCY');
    if (!(Number(amount) > 0))
      return refused(
        ['creditInput', 'creditAmount'],
        'A positive amount must be used to credit a store credit account.',
        'NEGATIVE_OR_ZERO_AMOUNT',
      );
    const before = store.credits.filter(({ customerId }) => customerId === owner);
    const id = `gid://shopify/StoreCreditAccountCreditTransaction/${store.nextId()}`;
    store.put({
      t: 'credit',
      v: { id, customerId: owner, at: seconds(now()), amount, currencyCode, expiresAt: textOf(input['expiresAt']) || null },
    });
    const balance = [...before, { amount }].reduce((sum, each) => sum + parseMinor(each.amount, currencyCode), 0n);
    return {
      storeCreditAccountTransaction: {
        __typename: 'StoreCreditAccountCreditTransaction',
        id,
        amount: { amount, currencyCode },
        balanceAfterTransaction: { amount: toDecimal(balance, currencyCode), currencyCode },
        createdAt: seconds(now()),
      },
      userErrors: [],
    };
  },
};
