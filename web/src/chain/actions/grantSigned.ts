/** Allow something by a signature that the service brings to the chain for free. */
import type { Hex, Client } from 'viem';
import { getBlock, readContract } from 'viem/actions';

import { answered, type Api } from '../../api/client.ts';
import type { Site } from '../../app/site.ts';
import { consentRegistryAbi } from '../../generated/abi.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { SignedAction } from '../../tx/action.ts';
import { consentOf, laneOf, type Address, type Terms } from '../consent.ts';
import { grantMessage, type SignedTerms } from '../messages.ts';
import { told } from './grant.ts';

export function grantSigned(
  site: Site,
  i18n: I18n,
  client: Client,
  api: Api,
  subject: Address,
  terms: Terms,
): SignedAction {
  let signed: SignedTerms | undefined;
  return {
    ...told(i18n, terms),
    way: 'signed',
    message: async () => {
      signed = { ...terms, subject, ...(await nextOf(client, site, subject, terms)) };
      return grantMessage(site.chainId, site.consents, signed);
    },
    relay: async (signature) => {
      if (!signed) throw new Error('signed before it was asked for');
      const body = {
        subject,
        operator: terms.operator,
        purpose: terms.purpose,
        categories: terms.categories.toString(),
        floor: terms.floor,
        cap: terms.cap,
        ends_at: terms.endsAt,
        version: signed.version,
        signed_at: signed.signedAt,
        signature,
      };
      return (await answered(api.POST('/v1/consents/relay', { body }))).tx_hash as Hex;
    },
  };
}

/** The version that the grant creates, and a time of signing that the registry takes: after every earlier change. */
export async function nextOf(client: Client, site: Site, subject: Address, terms: Terms) {
  const lane = laneOf(terms.operator, terms.purpose);
  const registry = { address: site.consents, abi: consentRegistryAbi } as const;
  const [word, [revokedAllAt], block] = await Promise.all([
    readContract(client, { ...registry, functionName: 'consentOf', args: [subject, lane] }),
    readContract(client, { ...registry, functionName: 'subjectState', args: [subject] }),
    getBlock(client, { blockTag: 'latest' }),
  ]);
  const now = Number(block.timestamp);
  const { version, grantedAt, endsAt } = consentOf(word);
  const ended = endsAt <= now ? endsAt : 0;
  return { version: version + 1, signedAt: Math.max(now, grantedAt + 1, revokedAllAt + 1, ended + 1) };
}
