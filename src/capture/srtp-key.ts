import { EarshotError } from '../errors.js';

/** SRTP's protections, as SDES names them (RFC 4568 6.2, RFC 6188, RFC 7714). */
export type SrtpSuite =
  | 'AES_CM_128_HMAC_SHA1_80'
  | 'AES_CM_128_HMAC_SHA1_32'
  | 'AES_256_CM_HMAC_SHA1_80'
  | 'AES_256_CM_HMAC_SHA1_32'
  | 'AEAD_AES_128_GCM'
  | 'AEAD_AES_256_GCM';

/** What a suite says about its packets, bytes. */
interface SuiteShape {
  readonly keyBytes: 16 | 32;
  readonly saltBytes: 12 | 14;
  readonly tagBytes: 4 | 10 | 16;
}

export const SRTP_SUITES: Readonly<Record<SrtpSuite, SuiteShape>> = {
  AES_CM_128_HMAC_SHA1_80: { keyBytes: 16, saltBytes: 14, tagBytes: 10 },
  AES_CM_128_HMAC_SHA1_32: { keyBytes: 16, saltBytes: 14, tagBytes: 4 },
  AES_256_CM_HMAC_SHA1_80: { keyBytes: 32, saltBytes: 14, tagBytes: 10 },
  AES_256_CM_HMAC_SHA1_32: { keyBytes: 32, saltBytes: 14, tagBytes: 4 },
  AEAD_AES_128_GCM: { keyBytes: 16, saltBytes: 12, tagBytes: 16 },
  AEAD_AES_256_GCM: { keyBytes: 32, saltBytes: 12, tagBytes: 16 },
};
export const SRTP_SUITE_NAMES = Object.keys(SRTP_SUITES) as SrtpSuite[];

/** A master key for one suite. */
export interface SrtpKey {
  readonly suite: SrtpSuite;
  readonly masterKey: Buffer;
  readonly masterSalt: Buffer;
  /** Bytes of a master key identifier in every packet, 0 for none. */
  readonly mkiBytes: number;
}

const MAX_MKI_BYTES = 128;

/**
 * Reads a key as SDES writes it: key and salt in base64, perhaps behind `inline:` and with `|lifetime|MKI:length` behind
 * it; or the same bytes in hexadecimal.
 *
 * @param suite - what it is for; left out, every suite that its length fits
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`; the message does not repeat the key
 */
export function parseSrtpKey(text: string, suite?: SrtpSuite): SrtpKey[] {
  const [encoded = '', ...parameters] = text
    .trim()
    .replace(/^inline:/, '')
    .split('|');
  const bytes =
    /^([\da-f]{2})+$/i.test(encoded) && isKeyLength(encoded.length / 2)
      ? Buffer.from(encoded, 'hex')
      : Buffer.from(encoded, 'base64');
  const mki = parameters
    .map((one) => /^\d+:(\d+)$/.exec(one)?.[1])
    .find((one) => one !== undefined);
  const mkiBytes = Number(mki ?? 0);
  const suites = SRTP_SUITE_NAMES.filter(
    (name) => keyLength(name) === bytes.length && (suite === undefined || name === suite),
  );
  if (suites.length === 0 || mkiBytes > MAX_MKI_BYTES) {
    const wanted =
      suite === undefined ? [...new Set(SRTP_SUITE_NAMES.map(keyLength))] : [keyLength(suite)];
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `An SRTP key is the master key and salt in base64 or hexadecimal, ${wanted.join(', ')} bytes, got ${bytes.length}`,
    );
  }
  return suites.map((name) => ({
    suite: name,
    masterKey: bytes.subarray(0, SRTP_SUITES[name].keyBytes),
    masterSalt: bytes.subarray(SRTP_SUITES[name].keyBytes),
    mkiBytes,
  }));
}

function keyLength(suite: SrtpSuite): number {
  return SRTP_SUITES[suite].keyBytes + SRTP_SUITES[suite].saltBytes;
}

function isKeyLength(bytes: number): boolean {
  return SRTP_SUITE_NAMES.some((suite) => keyLength(suite) === bytes);
}
