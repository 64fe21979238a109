import { useNavigation } from '@remix-run/react';
import { Loading, Frame } from '@shopify/polaris';

/** A thin bar while the next page is on its way. */
export function NavigationBar() {
  const { state } = useNavigation();
  if (state === 'idle') return null;
  return (
    <div style={{ height: 0, overflow: 'visible' }}>
      <Frame>
        <Loading />
      </Frame>
    </div>
  );
}
