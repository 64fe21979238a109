import type { HeadersFunction, LinksFunction, LoaderFunctionArgs } from '@remix-run/node';
import { Outlet, useLoaderData, useRouteError, type ShouldRevalidateFunction } from '@remix-run/react';
import { NavMenu } from '@shopify/app-bridge-react';
import polarisStyles from '@shopify/polaris/build/esm/styles.css?url';
import { AppProvider } from '@shopify/shopify-app-remix/react';
import { boundary } from '@shopify/shopify-app-remix/server';
import { useMemo } from 'react';
import { I18nextProvider } from 'react-i18next';
import { FailedPage } from '../components/failed-page.tsx';
import { NavigationBar } from '../components/navigation-bar.tsx';
import { polarisWords } from '../components/polaris-words.ts';
import { ShopProvider } from '../components/shop-context.tsx';
import { authenticateAdmin } from '../entry/authenticate.server.ts';
import { createI18n, languageOf } from '../i18n/i18n.ts';

export const links: LinksFunction = () => [{ rel: 'stylesheet', href: polarisStyles }];

export async function loader({ request, context }: LoaderFunctionArgs) {
  const { shop, env } = await authenticateAdmin(request, context);
  const { searchParams } = new URL(request.url);
  return {
    apiKey: env.SHOPIFY_API_KEY,
    bridge: env.APP_BRIDGE_URL ?? (env.SANDBOX_URL ? `${env.SANDBOX_URL}/app-bridge.js` : null),
    language: languageOf(searchParams.get('locale'), request.headers.get('accept-language')),
    shop: { domain: shop.domain, currency: shop.currency, timezone: shop.timezone },
  };
}

/** Words and shop stay as they are while one walks through the app. */
export const shouldRevalidate: ShouldRevalidateFunction = () => false;

export default function App() {
  const { apiKey, bridge, language, shop } = useLoaderData<typeof loader>();
  const i18n = useMemo(() => createI18n(language), [language]);
  return (
    <AppProvider isEmbeddedApp apiKey={apiKey} i18n={polarisWords(language)} {...(bridge ? { __APP_BRIDGE_URL: bridge } : {})}>
      <I18nextProvider i18n={i18n}>
        <ShopProvider value={{ ...shop, language }}>
          <NavMenu>
            <a href="/app" rel="home">
              {i18n.t('nav.home')}
            </a>
            <a href="/app/customers">{i18n.t('nav.customers')}</a>
            <a href="/app/segments">{i18n.t('nav.segments')}</a>
            <a href="/app/audience">{i18n.t('nav.audience')}</a>
            <a href="/app/orders">{i18n.t('nav.orders')}</a>
            <a href="/app/campaigns">{i18n.t('nav.campaigns')}</a>
            <a href="/app/delivery">{i18n.t('nav.delivery')}</a>
            <a href="/app/loyalty">{i18n.t('nav.loyalty')}</a>
            <a href="/app/inventory">{i18n.t('nav.inventory')}</a>
            <a href="/app/settings">{i18n.t('nav.settings')}</a>
          </NavMenu>
          <NavigationBar />
          <Outlet />
        </ShopProvider>
      </I18nextProvider>
    </AppProvider>
  );
}

/** Shopify's boundary answers its redirects; anything else becomes a page that says what to do. */
export function ErrorBoundary() {
  const error = useRouteError();
  if (error instanceof Error) return <FailedPage />;
  return boundary.error(error);
}

export const headers: HeadersFunction = (args) => boundary.headers(args);
