/** Builds the admin for production into build/. */
import { buildAdmin } from './lib/build-admin.ts';

await buildAdmin();
