/** `npm run dev`: as `npm start`, with Vite's reload in the web process. */
import { runLocally } from './lib/run-locally.ts';

await runLocally({ dev: true });
