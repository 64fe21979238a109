import type { RootFields } from './execute.ts';
import { at, nodeOf, onlyKnown, textOf, userError } from './input.ts';
import { nodeAt, type Node } from './node.ts';

/** What a customer agreed to, as an app tells it. */
export const consentFields: RootFields = {
  'Mutation.customerEmailMarketingConsentUpdate': (args, caller) => {
    const input = nodeOf(args['input']);
    const name = 'CustomerEmailMarketingConsentUpdateInput';
    onlyKnown(input, ['customerId', 'emailMarketingConsent'], name);
    onlyKnown(nodeOf(input['emailMarketingConsent']), ['marketingState', 'consentUpdatedAt'], `${name}.emailMarketingConsent`);
    const id = textOf(input['customerId']);
    const customer = caller.store.customers.get(id);
    const refused = (field: string, message: string): Node => ({
      customer: null,
      userErrors: [userError(['input', field], message, 'INVALID')],
    });
    if (!customer) return refused('customerId', 'Customer not found');
    const marketingState = textOf(at(input, 'emailMarketingConsent', 'marketingState'));
    if (!['SUBSCRIBED', 'UNSUBSCRIBED', 'PENDING'].includes(marketingState))
      return refused('emailMarketingConsent', 'Cannot specify this marketing state input');
    const consentUpdatedAt = textOf(at(input, 'emailMarketingConsent', 'consentUpdatedAt')) || caller.now().toISOString();
    const before = nodeAt(customer, 'emailMarketingConsent');
    caller.actions.updateCustomer({
      id,
      changes: { emailMarketingConsent: { marketingOptInLevel: 'SINGLE_OPT_IN', ...before, marketingState, consentUpdatedAt } },
    });
    return { customer: caller.store.customers.get(id) ?? null, userErrors: [] };
  },
};
