import { useSearchParams } from '@remix-run/react';
import { Button } from '@shopify/polaris';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

/** Saves the whole list, as it is searched and filtered, as a CSV file. App Bridge's fetch carries the session. */
export function ExportButton({
  list,
}: {
  list: 'customers' | 'orders' | 'inventory' | 'audit' | 'points-lapsing' | 'points-liability' | `campaign-${number}` | `segment-${number}`;
}) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [busy, setBusy] = useState(false);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const response = await fetch(`/app/export/${list}?${params.toString()}`);
      if (!response.ok) throw new Error(String(response.status));
      const link = document.createElement('a');
      link.href = URL.createObjectURL(await response.blob());
      link.download = `${list}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    } catch {
      window.shopify?.toast?.show(t('error.title'), { isError: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <Button onClick={() => void save()} loading={busy}>
      {t('app.export')}
    </Button>
  );
}
