import { useContext, useEffect } from 'react';
import { Links, Meta, Outlet, Scripts, ScrollRestoration, useRouteLoaderData } from '@remix-run/react';
import { Nonce } from './components/nonce.ts';

export default function Root() {
  // Says that the page answers to clicks: what is typed before is lost, and browser tests wait for it.
  useEffect(() => {
    document.documentElement.dataset['ready'] = 'true';
  }, []);
  const nonce = useContext(Nonce);
  const app = useRouteLoaderData<{ language?: string }>('routes/app');
  return (
    <html lang={app?.language ?? 'en'}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <Meta />
        <Links />
      </head>
      <body>
        <Outlet />
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}
