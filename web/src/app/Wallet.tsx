import { useState } from 'react';
import { useConnect, useConnection, useConnectors, useDisconnect, type Connector } from 'wagmi';

import { problemOf } from '../chain/problems.ts';
import { shortAddress } from '../i18n/format.ts';
import { useI18n } from '../i18n/index.tsx';
import { Dialog } from '../ui/Dialog.tsx';
import { ProblemNotice } from '../ui/Notice.tsx';

export function WalletButton() {
  const { t } = useI18n();
  const { address } = useConnection();
  const { mutate: disconnect } = useDisconnect();
  if (!address) return <ConnectButton label={t('wallet.connect')} />;
  return (
    <div className="wallet">
      <span className="hidden">{t('wallet.account', { address })}</span>
      <code aria-hidden="true" title={address}>
        {shortAddress(address)}
      </code>
      <button
        type="button"
        className="quiet"
        onClick={() => {
          disconnect();
        }}
      >
        {t('wallet.disconnect')}
      </button>
    </div>
  );
}

export function ConnectButton({ label }: { label: string }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="main"
        onClick={() => {
          setOpen(true);
        }}
      >
        {label}
      </button>
      {open && (
        <ChooseWallet
          onClose={() => {
            setOpen(false);
          }}
        />
      )}
    </>
  );
}

/** Wallets that announced themselves (EIP-6963), by their own names and pictures. */
function ChooseWallet({ onClose }: { onClose: () => void }) {
  const { t } = useI18n();
  const connectors = useConnectors();
  const { mutate: connect, isPending, error } = useConnect({ mutation: { onSuccess: onClose } });
  if (connectors.length === 0) {
    return (
      <Dialog title={t('wallet.none.title')} onClose={onClose}>
        <p>{t('wallet.none.body')}</p>
      </Dialog>
    );
  }
  return (
    <Dialog title={t('wallet.choose')} onClose={onClose}>
      <p>{t('wallet.choose.body')}</p>
      <ul className="wallets">
        {connectors.map((connector) => (
          <li key={connector.uid}>
            <button
              type="button"
              disabled={isPending}
              onClick={() => {
                connect({ connector });
              }}
            >
              <Picture connector={connector} />
              {connector.name}
            </button>
          </li>
        ))}
      </ul>
      {isPending && <p role="status">{t('wallet.connecting')}</p>}
      {error && <ProblemNotice problem={problemOf(error)} />}
    </Dialog>
  );
}

/** Only pictures that came with the announcement: nothing is loaded from elsewhere. */
function Picture({ connector }: { connector: Connector }) {
  return connector.icon?.startsWith('data:image/') ? (
    <img src={connector.icon.trim()} alt="" width={28} height={28} />
  ) : (
    <span className="picture" aria-hidden="true" />
  );
}
