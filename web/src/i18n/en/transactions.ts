export const transactions = {
  'tx.does': 'What it does',
  'tx.costs': 'What it costs',
  'tx.how': 'How it goes',
  'tx.preparing': 'Asking the chain what this would do and cost …',
  'tx.fee': 'A network fee of about {fee}, paid by your wallet ({gas} gas).',
  'tx.fee.none': 'Nothing. The service sends it for you and pays the network fee.',
  'tx.own': 'Your wallet shows the transaction once more and asks you. It counts from the block that takes it in.',
  'tx.signed':
    'Your wallet shows what you sign and asks you. The service then brings it to the chain. Nobody can change what you signed; it is void after a day.',
  'tx.two.steps':
    'Your wallet asks twice: first for the permission to take exactly this amount, then for the transaction.',
  'tx.go.own': 'Continue in the wallet',
  'tx.go.signed': 'Sign in the wallet',
  'tx.wallet': 'Your wallet is asking you. Nothing happens until you answer there.',
  'tx.wallet.first': 'Your wallet asks for the permission first (1 of 2).',
  'tx.relaying': 'Signed. The service is bringing it to the chain …',
  'tx.sent': 'Sent. Waiting for the block that takes it in …',
  'tx.mined': 'In effect since block {block}.',
  'tx.mined.open': 'Blocks this new can still be taken back by the chain, which is rare. This page keeps watching.',
  'tx.mined.final': 'The block is final: nothing can take it back.',
  'tx.taken-back':
    'The chain took that block back. Your transaction is waiting again and will most likely be in one of the next blocks. This page keeps watching; do not send it again.',
  'tx.hash': 'Transaction',
  'tx.again': 'Try again',
  'tx.finish': 'Done',
} as const;
