import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const CSV = 'sandbox/data/online-retail.csv.gz';
const CONVERTER = 'sandbox/convert/retail.ts';

/** The store folder made from the retail history; made anew only when the history or its converter changed. */
export async function retailStore(dataFolder: string, log: (line: string) => void): Promise<string> {
  const folder = path.join(dataFolder, 'stores', 'online-retail');
  const stamp = path.join(dataFolder, 'stores', 'online-retail.stamp');
  const hash = createHash('sha256');
  for (const file of [CSV, ...fs.globSync('sandbox/convert/*.ts'), 'sandbox/random.ts']) hash.update(fs.readFileSync(file));
  const digest = hash.digest('hex');
  const isMade = fs.existsSync(path.join(folder, 'orders.jsonl'));
  if (isMade && fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === digest) return folder;
  // A store that has lived on since then keeps its history: its orders and ids stand in the app's record.
  if (isMade && fs.existsSync(path.join(dataFolder, 'sandbox'))) return folder;
  log('turning the retail history into a store (once) …');
  fs.mkdirSync(folder, { recursive: true });
  const child = spawn(process.execPath, ['--no-warnings', CONVERTER, '--csv', CSV, '--out', folder], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the retail history could not be converted (exit ${code}):\n${errors}`);
  fs.writeFileSync(stamp, digest);
  return folder;
}
