/** End one consent by a signature that the service brings to the chain for free. */
import type { Hex, Client } from 'viem';
import { getBlock } from 'viem/actions';

import { answered, type Api } from '../../api/client.ts';
import type { Site } from '../../app/site.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { SignedAction } from '../../tx/action.ts';
import { laneParts, type Address } from '../consent.ts';
import { revokeMessage } from '../messages.ts';
import { told } from './revoke.ts';

export function revokeSigned(
  site: Site,
  i18n: I18n,
  client: Client,
  api: Api,
  subject: Address,
  lane: bigint,
): SignedAction {
  const { operator, purpose } = laneParts(lane);
  let signedAt = 0;
  return {
    ...told(i18n, lane),
    way: 'signed',
    message: async () => {
      signedAt = Number((await getBlock(client, { blockTag: 'latest' })).timestamp);
      return revokeMessage(site.chainId, site.consents, { subject, operator, purpose, signedAt });
    },
    relay: async (signature) => {
      const body = { subject, operator, purpose, signed_at: signedAt, signature };
      return (await answered(api.POST('/v1/consents/relay-revocation', { body }))).tx_hash as Hex;
    },
  };
}
