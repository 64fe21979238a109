import { redirect, type LoaderFunctionArgs } from '@remix-run/node';

/** Shopify opens the app at its root: on to the admin, with everything that the address carries. */
export function loader({ request }: LoaderFunctionArgs) {
  const { searchParams } = new URL(request.url);
  if (searchParams.has('shop')) throw redirect(`/app?${searchParams.toString()}`);
  return null;
}

export default function Landing() {
  return (
    <main style={{ fontFamily: 'system-ui', maxWidth: '36rem', margin: '4rem auto', padding: '0 1rem' }}>
      <h1>Storebook</h1>
      <p>A store’s own record of customers, orders and stock. Open it from the Apps menu of the Shopify admin.</p>
    </main>
  );
}
