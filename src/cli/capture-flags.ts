import type { SrtpKeys } from '../capture/srtp-decryption.js';
import { SRTP_SUITE_NAMES } from '../capture/srtp-key.js';
import { readChoice } from './flags.js';
import { UsageError } from './usage-error.js';

/** Flags of every command that reads captures. */
export const CAPTURE_FLAGS = {
  codec: { type: 'string', multiple: true },
  'srtp-key': { type: 'string', multiple: true },
  'srtp-suite': { type: 'string' },
} as const;

export const CAPTURE_FLAGS_HELP = `  --codec <n>=<codec>  what a payload type means, as 94=L16/16000, 125=PCMU/8000/2 or 63=red/48000/2; may be repeated
  --srtp-key <key>     decrypt SRTP: what stands behind inline: in the SDP, or the same in hexadecimal; may be repeated
  --srtp-suite <name>  its suite, as AES_CM_128_HMAC_SHA1_80            [each that the key's length fits is tried]
`;

/** @throws {UsageError} for a suite that is not known, or one without a key */
export function readSrtpKeys(values: {
  readonly 'srtp-key'?: readonly string[] | undefined;
  readonly 'srtp-suite'?: string | undefined;
}): SrtpKeys | undefined {
  const suite = readChoice('--srtp-suite', values['srtp-suite'], SRTP_SUITE_NAMES);
  const keys = values['srtp-key'];
  if (keys !== undefined) return { keys, suite };
  if (suite !== undefined) throw new UsageError('--srtp-suite needs a --srtp-key');
  return undefined;
}
