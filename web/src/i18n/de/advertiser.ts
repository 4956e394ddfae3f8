import type { advertiser as english } from '../en/advertiser.ts';

export const advertiser: Record<keyof typeof english, string> = {
  'soon.title': 'Im Bau',
};
