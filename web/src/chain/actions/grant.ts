/** Allow something: the subject's own transaction. */
import type { Site } from '../../app/site.ts';
import { consentRegistryAbi } from '../../generated/abi.ts';
import type { I18n } from '../../i18n/index.tsx';
import type { OwnAction } from '../../tx/action.ts';
import { interestsOf, laneOf, wordOf, type Terms } from '../consent.ts';

export function grant(site: Site, i18n: I18n, terms: Terms): OwnAction {
  return {
    ...told(i18n, terms),
    way: 'own',
    call: {
      address: site.consents,
      abi: consentRegistryAbi,
      functionName: 'grant',
      args: [laneOf(terms.operator, terms.purpose), wordOf(terms)],
    },
  };
}

/** The same words for both ways, since both have the same effect. */
export function told(i18n: I18n, terms: Terms) {
  const sentence = sentenceOf(i18n, terms);
  const purpose = i18n.t(`purpose.${terms.purpose}`);
  return {
    title: i18n.t('grant.tx.title', { purpose }),
    does: [sentence],
    done: () => [i18n.t('grant.done', { sentence }), i18n.t('grant.done.end')],
  };
}

/** The whole consent in one sentence. */
export function sentenceOf({ t, category, list }: I18n, terms: Terms): string {
  return t('grant.sentence', {
    operator: terms.operator,
    interests: list(interestsOf(terms.categories).map(category)),
    purpose: t(`purpose.${terms.purpose}`),
    until: terms.endsAt,
    floor: terms.floor,
    cap: terms.cap,
  });
}
