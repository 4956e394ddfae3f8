import { lazy, Suspense, type ComponentProps } from 'react';

const ActionDialog = lazy(() => import('./ActionDialog.tsx'));

/** The dialog of an action; what signing needs is loaded when the first one opens. */
export function Ask(props: ComponentProps<typeof ActionDialog>) {
  return (
    <Suspense fallback={null}>
      <ActionDialog {...props} />
    </Suspense>
  );
}
