import { useEffect, useId, useRef, type ReactNode } from 'react';

import { useI18n } from '../i18n/index.tsx';

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  /** While true it cannot be closed: the wallet is asking. */
  readonly busy?: boolean;
  readonly children: ReactNode;
}

/** The browser's own dialog: it keeps the focus inside, closes with Escape, and gives the focus back. */
export function Dialog({ title, onClose, busy = false, children }: Props) {
  const { t } = useI18n();
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
    return () => {
      element?.close();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        if (!busy) onClose();
      }}
    >
      <header className="dialog-head">
        <h2 id={heading}>{title}</h2>
        {!busy && (
          <button type="button" className="quiet" onClick={onClose} aria-label={t('app.close')}>
            <span aria-hidden="true">×</span>
          </button>
        )}
      </header>
      {children}
    </dialog>
  );
}
