import type { LoaderFunctionArgs } from '@remix-run/node';

/** Shopify's own ways in (the page that fetches a session token, among them). */
export async function loader({ request, context }: LoaderFunctionArgs) {
  await context.shopify.authenticate.admin(request);
  return null;
}
