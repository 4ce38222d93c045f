import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { SRTP_SUITES, type SrtpKey } from './srtp-key.js';

// Labels of what is derived from a master key (RFC 3711 4.3.2).
const LABEL_ENCRYPTION = 0;
const LABEL_AUTHENTICATION = 1;
const LABEL_SALT = 2;
const AUTHENTICATION_KEY_BYTES = 20;
const BLOCK_BYTES = 16;
/** Master salts are counted as 112 bits in the derivation; shorter ones (RFC 7714) are filled with zeros. */
const DERIVATION_SALT_BYTES = 14;

/** Where an SRTP packet's parts lie. */
export interface SrtpParts {
  readonly headerBytes: number;
  readonly ssrc: number;
  readonly sequenceNumber: number;
}

/** One master key's transform: takes single packets whose rollover counter is known. */
export class SrtpContext {
  readonly #key: SrtpKey;
  readonly #tagBytes: number;
  readonly #encryptionKey: Buffer;
  readonly #authenticationKey: Buffer;
  readonly #salt: Buffer;

  constructor(key: SrtpKey) {
    const { keyBytes, saltBytes, tagBytes } = SRTP_SUITES[key.suite];
    this.#key = key;
    this.#tagBytes = tagBytes;
    this.#encryptionKey = deriveSrtpKey(key, LABEL_ENCRYPTION, keyBytes);
    this.#authenticationKey = deriveSrtpKey(key, LABEL_AUTHENTICATION, AUTHENTICATION_KEY_BYTES);
    this.#salt = deriveSrtpKey(key, LABEL_SALT, saltBytes);
  }

  /**
   * The RTP packet, or `undefined` when its tag says it is not one of this key and counter.
   *
   * @param rollovers - times the sequence number went round before this packet (RFC 3711 3.3.1), 0..2^32-1
   */
  open(packet: Buffer, parts: SrtpParts, rollovers: number): Buffer | undefined {
    const { headerBytes } = parts;
    const isGcm = this.#key.suite.endsWith('GCM');
    // The master key identifier stands before the tag, in GCM behind it: there the tag is part of the ciphertext.
    const behindPayload = this.#tagBytes + this.#key.mkiBytes;
    const payloadEnd = packet.length - behindPayload;
    if (payloadEnd < headerBytes) return undefined;
    const header = packet.subarray(0, headerBytes);
    const payload = packet.subarray(headerBytes, payloadEnd);
    const opened = isGcm
      ? this.#openGcm(
          header,
          payload,
          packet.subarray(payloadEnd, payloadEnd + this.#tagBytes),
          parts,
          rollovers,
        )
      : this.#openCounterMode(
          header,
          payload,
          packet.subarray(packet.length - this.#tagBytes),
          parts,
          rollovers,
        );
    return opened === undefined ? undefined : Buffer.concat([header, opened]);
  }

  #openCounterMode(
    header: Buffer,
    payload: Buffer,
    tag: Buffer,
    { ssrc, sequenceNumber }: SrtpParts,
    rollovers: number,
  ): Buffer | undefined {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(rollovers);
    const expected = createHmac('sha1', this.#authenticationKey)
      .update(header)
      .update(payload)
      .update(counter)
      .digest();
    if (!expected.subarray(0, this.#tagBytes).equals(tag)) return undefined;
    const iv = Buffer.alloc(BLOCK_BYTES);
    iv.writeUInt32BE(ssrc, 4);
    iv.writeUInt32BE(rollovers, 8);
    iv.writeUInt16BE(sequenceNumber, 12);
    exclusiveOr(iv, this.#salt);
    return createDecipheriv(this.#cipher('ctr'), this.#encryptionKey, iv).update(payload);
  }

  #openGcm(
    header: Buffer,
    payload: Buffer,
    tag: Buffer,
    { ssrc, sequenceNumber }: SrtpParts,
    rollovers: number,
  ): Buffer | undefined {
    const iv = Buffer.alloc(12);
    iv.writeUInt32BE(ssrc, 2);
    iv.writeUInt32BE(rollovers, 6);
    iv.writeUInt16BE(sequenceNumber, 10);
    exclusiveOr(iv, this.#salt);
    const decipher = createDecipheriv(this.#cipher('gcm'), this.#encryptionKey, iv);
    decipher.setAAD(header);
    decipher.setAuthTag(tag);
    const opened = decipher.update(payload);
    try {
      decipher.final();
      return opened;
    } catch {
      return undefined;
    }
  }

  #cipher<Mode extends 'ctr' | 'gcm'>(mode: Mode): `aes-128-${Mode}` | `aes-256-${Mode}` {
    return SRTP_SUITES[this.#key.suite].keyBytes === 16 ? `aes-128-${mode}` : `aes-256-${mode}`;
  }
}

/** The key derivation of RFC 3711 4.3.1 at rate 0, and with the longer keys of RFC 6188. */
export function deriveSrtpKey(
  { masterKey, masterSalt }: SrtpKey,
  label: number,
  length: number,
): Buffer {
  const iv = Buffer.alloc(BLOCK_BYTES);
  masterSalt.copy(iv);
  // The label stands above the 48 bits of the packet index, at the salt's end.
  const at = DERIVATION_SALT_BYTES - 7;
  iv.writeUInt8(iv.readUInt8(at) ^ label, at);
  const cipher = createCipheriv(
    masterKey.length === 16 ? 'aes-128-ctr' : 'aes-256-ctr',
    masterKey,
    iv,
  );
  return cipher.update(Buffer.alloc(length));
}

function exclusiveOr(bytes: Buffer, other: Buffer): void {
  for (const [at, byte] of other.entries()) bytes.writeUInt8(bytes.readUInt8(at) ^ byte, at);
}
