import { useMemo, useState } from 'react';
import { useConfig } from 'wagmi';

import { apiOf } from '../api/client.ts';
import { useSite } from '../app/context.ts';
import { revoke } from '../chain/actions/revoke.ts';
import { revokeSigned } from '../chain/actions/revokeSigned.ts';
import type { Address } from '../chain/consent.ts';
import { clientOf } from '../chain/head.ts';
import { useI18n } from '../i18n/index.tsx';
import { Ask } from '../tx/Ask.tsx';

interface Props {
  readonly lane: bigint;
  readonly subject: Address;
  readonly onClose: () => void;
}

/** Free by default; whoever does not want to depend on the service sends it alone. */
export function RevokeDialog({ lane, subject, onClose }: Props) {
  const site = useSite();
  const i18n = useI18n();
  const client = clientOf(useConfig());
  const [own, setOwn] = useState(false);
  const action = useMemo(
    () => (own ? revoke(site, i18n, lane) : revokeSigned(site, i18n, client, apiOf(site.backend), subject, lane)),
    [own, site, i18n, client, subject, lane],
  );
  return (
    <Ask action={action} account={subject} onClose={onClose}>
      <p>
        <button
          type="button"
          className="link"
          onClick={() => {
            setOwn(!own);
          }}
        >
          {i18n.t(own ? 'revoke.way.signed' : 'revoke.way.own')}
        </button>
      </p>
    </Ask>
  );
}
