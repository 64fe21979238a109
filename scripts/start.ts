/** `npm start`: the whole program on this machine, with a sandbox store full of real order history. */
import { runLocally } from './lib/run-locally.ts';

await runLocally({ dev: false });
