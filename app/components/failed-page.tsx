import { Banner, Page } from '@shopify/polaris';
import '@shopify/polaris/build/esm/styles.css';
import { AppProvider } from '@shopify/polaris';
import { en } from '../i18n/en.ts';
import { polarisWords } from './polaris-words.ts';

/** Shown where a page could not be made; it stands outside the app's own providers, which may be what failed. */
export function FailedPage() {
  return (
    <AppProvider i18n={polarisWords('en')}>
      <Page title={en.app.name}>
        <Banner tone="critical" title={en.error.title} action={{ content: en.error.retry, onAction: () => window.location.reload() }}>
          <p>{en.error.text}</p>
        </Banner>
      </Page>
    </AppProvider>
  );
}
