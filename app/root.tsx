import { useContext, useEffect, type ReactNode } from 'react';
import { isRouteErrorResponse, Links, Meta, Outlet, Scripts, ScrollRestoration, useRouteError, useRouteLoaderData } from '@remix-run/react';
import { Nonce } from './components/nonce.ts';
import { createI18n, languageOf } from './i18n/i18n.ts';

/** The frame of every page; scripts carry the nonce that the page's policy names. */
function Document({ language, children }: { language: string; children: ReactNode }) {
  const nonce = useContext(Nonce);
  return (
    <html lang={language}>
      <head>
        <meta charSet="utf-8" />
        <meta name="viewport" content="width=device-width,initial-scale=1" />
        <Meta />
        <Links />
      </head>
      <body>
        {children}
        <ScrollRestoration nonce={nonce} />
        <Scripts nonce={nonce} />
      </body>
    </html>
  );
}

export default function Root() {
  // Says that the page answers to clicks: what is typed before is lost, and browser tests wait for it.
  useEffect(() => {
    document.documentElement.dataset['ready'] = 'true';
  }, []);
  const app = useRouteLoaderData<{ language?: string }>('routes/app');
  return (
    <Document language={app?.language ?? 'en'}>
      <Outlet />
    </Document>
  );
}

/** Instead of Remix's own, which prints what failed and brings an inline script. */
export function ErrorBoundary() {
  const error = useRouteError();
  const app = useRouteLoaderData<{ language?: string }>('routes/app');
  const language = languageOf(app?.language ?? null, null);
  const { t } = createI18n(language);
  const isMissing = isRouteErrorResponse(error) && error.status === 404;
  return (
    <Document language={language}>
      <main style={{ fontFamily: 'system-ui', maxWidth: '36rem', margin: '4rem auto', padding: '0 1rem' }}>
        <h1>{t(isMissing ? 'error.notFound' : 'error.title')}</h1>
        <p>{t(isMissing ? 'error.notFoundText' : 'error.text')}</p>
      </main>
    </Document>
  );
}
