/** End one consent: the subject's own transaction. */
import type { Site } from '../../app/site.ts';
import { consentRegistryAbi } from '../../generated/abi.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { OwnAction } from '../../tx/action.ts';
import { laneParts } from '../consent.ts';

export function revoke(site: Site, i18n: I18n, lane: bigint): OwnAction {
  return {
    ...told(i18n, lane),
    way: 'own',
    call: { address: site.consents, abi: consentRegistryAbi, functionName: 'revoke', args: [lane] },
  };
}

/** The same words for both ways, since both have the same effect. */
export function told({ t }: I18n, lane: bigint) {
  const { operator, purpose: number } = laneParts(lane);
  const purpose = t(`purpose.${number}`);
  return {
    title: t('revoke.title', { purpose }),
    does: [
      t('revoke.does', { operator, purpose }),
      t('revoke.does.keys'),
      t('revoke.does.money'),
      t('revoke.does.past'),
    ],
    done: () => [t('revoke.done')],
  };
}
