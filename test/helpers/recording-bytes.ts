// Recordings of servers and tools, put together from their sources' formats, apart from the readers.

import { u16, u32 } from './capture-bytes.js';

export interface RecordedPacket {
  readonly atUs: number;
  readonly data: Uint8Array;
}

/** A file of rtpproxy: `pkt_hdr_adhoc` before each packet. */
export function rtpproxyFile(
  packets: readonly RecordedPacket[],
  {
    startSeconds = 1_400_000_000,
    isIpv6 = false,
  }: { startSeconds?: number; isIpv6?: boolean } = {},
): Buffer {
  return Buffer.concat(
    packets.flatMap(({ atUs, data }) => {
      const time = Buffer.alloc(8);
      time.writeDoubleLE(startSeconds + atUs / 1e6);
      const address = isIpv6
        ? Buffer.alloc(16, 0x20)
        : Buffer.concat([Buffer.from([192, 0, 2, 1]), Buffer.alloc(12)]);
      const family = u16(isIpv6 ? 10 : 2, 'little');
      return [family, u16(4000), address, time, u16(data.length, 'little'), data];
    }),
  );
}

/** A file of Janus with times of arrival. */
export function mjrFile(packets: readonly RecordedPacket[], description: object): Buffer {
  const frames = packets.flatMap(({ atUs, data }) => [
    Buffer.from('MEET'),
    u32(Math.round(atUs / 1000)),
    u16(data.length),
    data,
  ]);
  return Buffer.concat([...mjrHeader('MJR00002', JSON.stringify(description)), ...frames]);
}

/** The kinds of Janus' files that have no times: `MJR00001`, described in JSON, and the first one, in a word. */
export function untimedMjrFile(
  packets: readonly RecordedPacket[],
  description: object | string,
): Buffer {
  const frames = packets.flatMap(({ data }) => [Buffer.from('MEETECHO'), u16(data.length), data]);
  const header =
    typeof description === 'string'
      ? mjrHeader('MEETECHO', description)
      : mjrHeader('MJR00001', JSON.stringify(description));
  return Buffer.concat([...header, ...frames]);
}

function mjrHeader(signature: string, text: string): Buffer[] {
  return [Buffer.from(signature), u16(text.length), Buffer.from(text)];
}

/** How `rtpdump -F` prints packets of plain RTP headers. */
export function rtpdumpText(
  packets: readonly RecordedPacket[],
  form: 'ascii' | 'hex' | 'short',
): string {
  return packets.map((packet) => `${rtpdumpLine(packet, form)}\n`).join('');
}

function rtpdumpLine({ atUs, data }: RecordedPacket, form: 'ascii' | 'hex' | 'short'): string {
  const packet = Buffer.from(data);
  const time = `${Math.floor(atUs / 1e6)}.${String(atUs % 1e6).padStart(6, '0')}`;
  const marker = packet.readUInt8(1) >> 7;
  const [sequenceNumber, timestamp] = [packet.readUInt16BE(2), packet.readUInt32BE(4)];
  if (form === 'short') return `${marker === 1 ? '-' : ''}${time} ${timestamp} ${sequenceNumber}`;
  const fields =
    `v=2 p=0 x=0 cc=0 m=${marker} pt=${packet.readUInt8(1) & 0x7f} (?,0,0) ` +
    `seq=${sequenceNumber} ts=${timestamp} ssrc=0x${packet.readUInt32BE(8).toString(16)} `;
  const payload = form === 'hex' ? `data=${packet.toString('hex', 12)}` : '';
  return `${time} RTP len=${packet.length} from=192.0.2.1:4000 ${fields}${payload}`;
}
