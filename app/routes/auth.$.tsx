import type { LoaderFunctionArgs } from '@remix-run/node';
import { authenticateAdmin } from '../entry/authenticate.server.ts';

/** Shopify's own ways in (the page that fetches a session token, among them). */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await authenticateAdmin(request, context);
  return null;
}
