import { asciiToBytes, bytesToHex, concatBytes, equalBytes, hexToBytes } from '@noble/curves/utils.js';

/** Bytes as WebCrypto takes them: never a view of shared memory. */
export type Bytes = Uint8Array<ArrayBuffer>;

export const ascii = (text: string): Bytes => asciiToBytes(text);
export const concat = (...parts: Bytes[]): Bytes => concatBytes(...parts);
export const equal = (a: Bytes, b: Bytes): boolean => equalBytes(a, b);
export const fromHex = (text: string): Bytes => hexToBytes(text);
export const toHex = (bytes: Bytes): string => bytesToHex(bytes);

export const randomBytes = (count: number): Bytes => globalThis.crypto.getRandomValues(new Uint8Array(count));

export async function sha256(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await globalThis.crypto.subtle.digest('SHA-256', data));
}

/** For big-endian fields at fixed offsets; the view shares the bytes' memory. */
export const viewOf = (bytes: Bytes): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Cut into pieces of `size` bytes; the last one is shorter if it does not come out even. */
export function pieces(bytes: Bytes, size: number): Bytes[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, k) => bytes.slice(k * size, (k + 1) * size));
}
