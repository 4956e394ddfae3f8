import { common } from './common.ts';
import { person } from './person.ts';
import { reverts } from './reverts.ts';
import { transactions } from './transactions.ts';

export const dictionary = { ...common, ...transactions, ...reverts, ...person };
