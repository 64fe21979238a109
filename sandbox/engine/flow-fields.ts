import fs from 'node:fs';
import path from 'node:path';
import { seconds } from './clock.ts';
import type { RootFields } from './execute.ts';
import { nodeOf, textOf } from './input.ts';
import { NotImplementedError, type Node } from './node.ts';

const FOLDER = path.join(import.meta.dirname, '../../extensions');
const MOST_BYTES = 50_000;
const REFERENCES: Readonly<Record<string, string>> = { customer_reference: 'customer_id' };

/** The keys of a trigger's payload by its handle, as the app's extensions say; of TOML just what these files use. */
function triggers(): Map<string, string[]> {
  const files = fs.existsSync(FOLDER) ? fs.globSync('*/shopify.extension.toml', { cwd: FOLDER }) : [];
  const texts = files.map((file) => fs.readFileSync(path.join(FOLDER, file), 'utf8'));
  const named = (text: string, key: string): string => new RegExp(`^\\s*${key} = "([^"]*)"`, 'm').exec(text)?.[1] ?? '';
  return new Map(
    texts
      .filter((text) => named(text, 'type') === 'flow_trigger')
      .map((text) => {
        const fields = text.split('[[settings.fields]]').slice(1);
        return [named(text, 'handle'), fields.map((field) => REFERENCES[named(field, 'type')] ?? named(field, 'key'))];
      }),
  );
}

const refused = (message: string): Node => ({ userErrors: [{ field: ['payload'], message }] });

/** Sets off nothing here; what came is kept and can be read. */
export const flowFields: RootFields = {
  'Mutation.flowTriggerReceive': (args, { store, now }) => {
    if (textOf(args['body']) !== '') throw new NotImplementedError('Mutation.flowTriggerReceive.body');
    const handle = textOf(args['handle']);
    const payload = nodeOf(args['payload']);
    const fields = triggers().get(handle);
    if (!fields) return { userErrors: [{ field: ['handle'], message: `Trigger ${handle} does not exist.` }] };
    if (JSON.stringify(payload).length > MOST_BYTES) return refused('Payload is too large.');
    const strange = Object.keys(payload).find((key) => !fields.includes(key));
    if (strange !== undefined) return refused(`Trigger has no field ${strange}.`);
    const missing = fields.find((key) => payload[key] === undefined);
    if (missing !== undefined) return refused(`Field ${missing} is missing.`);
    const customer = payload['customer_id'];
    const isThere = typeof customer === 'number' && store.customers.has(`gid://shopify/Customer/${customer}`);
    if (fields.includes('customer_id') && !isThere) return refused('Customer does not exist.');
    store.put({ t: 'flow', v: { id: store.flows.length + 1, at: seconds(now()), handle, payload } });
    return { userErrors: [] };
  },
};
