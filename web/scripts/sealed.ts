/**
 * The sealed format at a pipe, for tests against other implementations (tests/domain/test_sealed_interop.py).
 *
 *     node sealed.js seal < requests.json    node sealed.js open < requests.json
 *
 * Reads a JSON list of requests and writes one of answers; binary values in hex, names as in tests/vectors/sealed-v1-*.
 * A request that is refused is answered with `error`: its class and code.
 */
import { readFileSync } from 'node:fs';

import { fromHex, toHex } from '../src/sealed/bytes.ts';
import {
  openDeposit,
  openOwn,
  openReleased,
  parseManifest,
  seal,
  SealedError,
  type Manifest,
} from '../src/sealed/index.ts';
import { asSignal, asVectorSignal, byIndex, type Vector } from '../src/sealed/testing/wire.ts';

interface SealRequest extends Pick<Vector, 'context' | 'model_id' | 'threshold' | 'signals'> {
  readonly subject_key: string;
  readonly keeper_keys: readonly string[];
}

interface OpenRequest extends Pick<Vector, 'manifest' | 'subject_private_key' | 'keeper_private_keys' | 'deposits'> {
  readonly digest: string | null;
  readonly releases: readonly Vector['release'][];
}

async function sealOne({ context, ...request }: SealRequest): Promise<object> {
  const { chain_id, ...addresses } = context;
  const sealed = await seal({
    context: { ...addresses, chainId: BigInt(chain_id) },
    modelId: request.model_id,
    threshold: request.threshold,
    subjectKey: fromHex(request.subject_key),
    keeperKeys: request.keeper_keys.map(fromHex),
    signals: request.signals.map(asSignal),
  });
  const { manifest, digest, cid, deposits } = sealed;
  return { manifest: toHex(manifest), digest: toHex(digest), cid, deposits: deposits.map(toHex) };
}

async function openOne(request: OpenRequest): Promise<object> {
  const digest = request.digest === null ? undefined : fromHex(request.digest);
  const manifest = await parseManifest(fromHex(request.manifest), digest);
  const { chainId, registry, operator, subject, version } = manifest.header;
  const own = await openOwn(manifest, fromHex(request.subject_private_key));
  const keys = byIndex(request.keeper_private_keys);
  const shares = [...byIndex(request.deposits)].map(async ([index, deposit]) => {
    const opened = await openDeposit(manifest, deposit, index, keys.get(index) ?? new Uint8Array(0));
    return opened.map(toHex);
  });
  return {
    context: { chain_id: Number(chainId), registry, operator, subject, version },
    signals: own.map(asVectorSignal),
    shares: await Promise.all(shares),
    releases: await Promise.all(request.releases.map((release) => openRelease(manifest, release))),
  };
}

async function openRelease(manifest: Manifest, release: Vector['release']): Promise<object> {
  const { category, messages, advertiser_private_key } = release;
  const { signal, liars } = await openReleased(byIndex(messages), fromHex(advertiser_private_key), {
    manifest,
    campaign: fromHex(release.campaign),
    category,
  });
  return { signal: signal && asVectorSignal(signal), liars };
}

async function answer(work: Promise<object>): Promise<object> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof SealedError)) throw error;
    return { error: { name: error.name, code: error.code } };
  }
}

const input = readFileSync(0, 'utf8');
const answers: object[] = [];
if (process.argv[2] === 'seal') {
  for (const request of JSON.parse(input) as SealRequest[]) answers.push(await answer(sealOne(request)));
} else if (process.argv[2] === 'open') {
  for (const request of JSON.parse(input) as OpenRequest[]) answers.push(await answer(openOne(request)));
} else {
  throw new Error('usage: node sealed.js {seal,open} < requests.json');
}
process.stdout.write(JSON.stringify(answers));
