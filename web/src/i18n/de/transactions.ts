import type { transactions as english } from '../en/transactions.ts';

export const transactions: Record<keyof typeof english, string> = {
  'tx.does': 'Was es bewirkt',
  'tx.costs': 'Was es kostet',
  'tx.how': 'Wie es abläuft',
  'tx.preparing': 'Die Kette wird gefragt, was das bewirken und kosten würde …',
  'tx.fee': 'Eine Netzgebühr von etwa {fee}, die Ihre Wallet zahlt ({gas} Gas).',
  'tx.fee.none': 'Nichts. Der Dienst sendet es für Sie und zahlt die Netzgebühr.',
  'tx.own': 'Ihre Wallet zeigt die Transaktion noch einmal und fragt Sie. Sie gilt ab dem Block, der sie aufnimmt.',
  'tx.signed':
    'Ihre Wallet zeigt, was Sie unterschreiben, und fragt Sie. Der Dienst bringt es dann auf die Kette. Ändern kann niemand, was Sie unterschrieben haben; nach einem Tag verfällt es.',
  'tx.two.steps':
    'Ihre Wallet fragt zweimal: erst nach der Erlaubnis, genau diesen Betrag zu nehmen, dann nach der Transaktion.',
  'tx.go.own': 'Weiter in der Wallet',
  'tx.go.signed': 'In der Wallet unterschreiben',
  'tx.wallet': 'Ihre Wallet fragt Sie gerade. Es geschieht nichts, bis Sie dort antworten.',
  'tx.wallet.first': 'Ihre Wallet fragt zuerst nach der Erlaubnis (1 von 2).',
  'tx.relaying': 'Unterschrieben. Der Dienst bringt es auf die Kette …',
  'tx.sent': 'Gesendet. Es fehlt noch der Block, der es aufnimmt …',
  'tx.mined': 'Gilt seit Block {block}.',
  'tx.mined.open': 'So neue Blöcke kann die Kette noch zurücknehmen, was selten ist. Diese Seite behält es im Auge.',
  'tx.mined.final': 'Der Block ist endgültig: Nichts kann ihn zurücknehmen.',
  'tx.taken-back':
    'Die Kette hat diesen Block zurückgenommen. Ihre Transaktion wartet wieder und kommt sehr wahrscheinlich in einen der nächsten Blöcke. Diese Seite behält es im Auge; senden Sie nicht noch einmal.',
  'tx.hash': 'Transaktion',
  'tx.again': 'Noch einmal versuchen',
  'tx.finish': 'Fertig',
};
