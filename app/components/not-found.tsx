import { EmptyState, Page } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';

/** For an address that leads to nothing in the record. */
export function NotFound({ back }: { back: string }) {
  const { t } = useTranslation();
  return (
    <Page backAction={{ content: t('app.back'), url: back }} title={t('error.notFound')}>
      <EmptyState image="" heading={t('error.notFound')}>
        <p>{t('error.notFoundText')}</p>
      </EmptyState>
    </Page>
  );
}
