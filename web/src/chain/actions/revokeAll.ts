/** End every consent at once: the subject's own transaction, one storage slot. */
import type { Site } from '../../app/site.ts';
import { consentRegistryAbi } from '../../generated/abi.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { OwnAction } from '../../tx/action.ts';

export function revokeAll(site: Site, { t }: I18n): OwnAction {
  return {
    title: t('revoke-all.title'),
    does: [t('revoke-all.does'), t('revoke-all.does.signed'), t('revoke.does.money'), t('revoke.does.past')],
    done: () => [t('revoke-all.done')],
    way: 'own',
    call: { address: site.consents, abi: consentRegistryAbi, functionName: 'revokeAll', args: [] },
  };
}
