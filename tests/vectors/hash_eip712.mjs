// What viem makes of tests/vectors/eip712.json: one JSON line per message, {name, digest, signature}.
// Usage: node hash_eip712.mjs <eip712.json>
import { readFileSync } from 'node:fs';
import { hashTypedData } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

const vectors = JSON.parse(readFileSync(process.argv[2], 'utf8'));
for (const [name, { domain, types, primaryType, message, privateKey }] of Object.entries(vectors)) {
  const data = { domain, types, primaryType, message };
  const account = privateKeyToAccount(privateKey);
  console.log(
    JSON.stringify({
      name,
      digest: hashTypedData(data),
      signer: account.address,
      signature: await account.signTypedData(data),
    }),
  );
}
