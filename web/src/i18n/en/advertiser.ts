export const advertiser = {
  'soon.title': 'Being built',
} as const;
