import { RtpHeader, SrtpSession } from 'werift';
import type { SrtpSuite } from '../../src/capture/srtp-key.js';
import type { TimedPacket } from '../../src/simulate/index.js';

export const AEAD_AES_128_GCM = 'AEAD_AES_128_GCM';

/** Packets as another implementation sends them encrypted: werift. */
export function encrypt(
  packets: readonly TimedPacket[],
  key: Buffer,
  suite: SrtpSuite,
): TimedPacket[] {
  const [localMasterKey, localMasterSalt] = [key.subarray(0, 16), key.subarray(16)];
  const session = new SrtpSession({
    keys: {
      localMasterKey,
      localMasterSalt,
      remoteMasterKey: localMasterKey,
      remoteMasterSalt: localMasterSalt,
    },
    profile: suite === AEAD_AES_128_GCM ? 7 : 1,
  });
  return packets.map(({ atUs, data }) => {
    const header = RtpHeader.deSerialize(Buffer.from(data));
    return {
      atUs,
      data: session.encrypt(Buffer.from(data.subarray(header.payloadOffset)), header),
    };
  });
}

/** A master key and salt of the suite's length. */
export function masterKey(suite: SrtpSuite, fill = 1): Buffer {
  return Buffer.from(
    Array.from({ length: suite === AEAD_AES_128_GCM ? 28 : 30 }, (_, i) => (i * 37 + fill) & 0xff),
  );
}
