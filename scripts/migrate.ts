/** `npm run migrate`: brings the database of DATABASE_URL to the project's migrations. Safe to run again, and by several at once. */
import { migrate } from '../app/platform/migrate.server.ts';

const url = process.env['DATABASE_URL'];
if (!url) {
  console.error('storebook: DATABASE_URL is not set; the embedded database of npm start migrates itself.');
  process.exit(2);
}
await migrate(url);
console.log('storebook: the database is up to date.');
