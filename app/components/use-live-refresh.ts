import { useRevalidator } from '@remix-run/react';
import { useEffect } from 'react';

/** Asks for the page's data again every `seconds`, so that news is seen arriving; a page in the background does not ask. */
export function useLiveRefresh(seconds: number, on = true): void {
  const { revalidate, state } = useRevalidator();
  useEffect(() => {
    if (!on) return;
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && state === 'idle') revalidate();
    }, seconds * 1_000);
    return () => clearInterval(timer);
  }, [revalidate, state, seconds, on]);
}
