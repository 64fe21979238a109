import { Link } from '@shopify/polaris';
import { useTranslation } from 'react-i18next';

/** A customer by name, or by number where there is none. */
export function CustomerLink({ id, name }: { id: bigint; name: string | null }) {
  const { t } = useTranslation();
  return <Link url={`/app/customers/${id}`}>{name ?? t('customers.noName', { id: String(id) })}</Link>;
}
