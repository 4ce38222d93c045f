import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { type CapturedDatagram, openCapture } from '../../src/replay/index.js';
import { inFolder, needTool, runTool } from '../helpers/run-tool.js';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const BURSTS = resolve(FIXTURES, 'captures/bursts.pcap');
/** Of 600 packets of Opus at 24 kb/s some are below and most are above it; headers of all are whole. */
const SNAP_BYTES = 100;

/** µs after the first packet, ports and payload, as tshark reads them. */
function tsharkDatagrams(path: string): string[] {
  const fields = ['frame.time_epoch', 'udp.srcport', 'udp.dstport', 'udp.payload'];
  const words = ['-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])];
  const lines = runTool('tshark', words).trimEnd().split('\n');
  let startUs: bigint | undefined;
  return lines.map((line) => {
    const [epoch = '', ...others] = line.split('\t');
    const [seconds = '', fraction = ''] = epoch.split('.');
    const us = BigInt(seconds) * 1_000_000n + BigInt(fraction.slice(0, 6));
    startUs ??= us;
    return [us - startUs, ...others].join(' ');
  });
}

function datagrams(packets: Iterable<CapturedDatagram>): string[] {
  return [...packets].map(({ atUs, sourcePort, destinationPort, data }) =>
    [atUs, sourcePort, destinationPort, Buffer.from(data).toString('hex')].join(' '),
  );
}

function payloads(path: string): string[] {
  return [...openCapture(path)].map(({ data }) => Buffer.from(data).toString('hex'));
}

/** Every packet as text2pcap reads it: its time, an offset, its bytes. */
function hexDump(packets: readonly { readonly atUs: number; readonly data: Uint8Array }[]): string {
  return packets
    .map(({ atUs, data }) => {
      const time = `${1_700_000_000 + Math.floor(atUs / 1e6)}.${String(atUs % 1e6).padStart(6, '0')}`;
      return `${time} 000000 ${[...data].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')}\n`;
    })
    .join('');
}

/** IP packets of a pcap of Ethernet in µs, behind `header`. */
function behind(header: readonly number[], pcap: Buffer): { atUs: number; data: Uint8Array }[] {
  const packets: { atUs: number; data: Uint8Array }[] = [];
  for (let at = 24; at < pcap.length; at += 16 + pcap.readUInt32LE(at + 8)) {
    const atUs = (pcap.readUInt32LE(at) - 1_700_000_000) * 1e6 + pcap.readUInt32LE(at + 4);
    const frame = pcap.subarray(at + 16, at + 16 + pcap.readUInt32LE(at + 8));
    packets.push({ atUs, data: Buffer.concat([Uint8Array.from(header), frame.subarray(14)]) });
  }
  return packets;
}

vi.setConfig({ testTimeout: 60_000 }); // tshark takes its time to start.

describe('what dumpcap captured on the device `any`', () => {
  it.for([
    ['in cooked headers, as pcap', 'cooked.pcap', 'pcap'],
    ['in cooked headers of the second kind, as pcapng in ns', 'cooked-2.pcapng', 'pcapng'],
  ] as const)('%s holds what was sent to IPv4 and IPv6', ([, file, format]) => {
    const capture = openCapture(resolve(FIXTURES, 'recordings', file));
    const captured = [...capture];
    const sent = [...openCapture(BURSTS)]
      .filter(({ atUs }) => atUs < 3_000_000)
      .map(({ data }) => Buffer.from(data).toString('hex'));
    for (const port of [42_202, 42_204]) {
      const got = captured.filter(({ destinationPort }) => destinationPort === port);
      expect(got.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(sent);
    }
    expect(capture).toMatchObject({ format, counts: { records: 298, skipped: {} } });
  });

  it.for(['cooked.pcap', 'cooked-2.pcapng'])('is read as tshark reads it: %s', (file, ctx) => {
    needTool(ctx, 'tshark', 'tshark');
    const path = resolve(FIXTURES, 'recordings', file);
    expect(datagrams(openCapture(path))).toEqual(tsharkDatagrams(path));
  });
});

describe('what editcap and mergecap made of a capture', () => {
  it.for(['pcap', 'nsecpcap', 'pcapng'])('has the same packets at the same µs: %s', (type, ctx) => {
    needTool(ctx, 'editcap', 'wireshark-common');
    inFolder((pathOf) => {
      runTool('editcap', ['-F', type, BURSTS, pathOf('made')]);
      expect(datagrams(openCapture(pathOf('made')))).toEqual(datagrams(openCapture(BURSTS)));
    });
  });

  it('keeps headers and lengths where the snap length cut packets', (ctx) => {
    needTool(ctx, 'editcap', 'wireshark-common');
    inFolder((pathOf) => {
      runTool('editcap', ['-s', String(SNAP_BYTES), BURSTS, pathOf('cut')]);
      const cut = openCapture(pathOf('cut'));
      const lengths = [...cut].map(({ data, payloadBytes = data.length - 12 }) => payloadBytes);
      expect(lengths).toEqual([...openCapture(BURSTS)].map(({ data }) => data.length - 12));
      expect(cut.counts.headersOnly).toBe(
        [...openCapture(BURSTS)].filter(({ data }) => 42 + data.length > SNAP_BYTES).length,
      );
    });
  });

  it('is put in order of time where two captures lie one behind the other', (ctx) => {
    needTool(ctx, 'mergecap', 'wireshark-common');
    inFolder((pathOf) => {
      const [early, late] = [pathOf('early'), pathOf('late')];
      runTool('editcap', ['-r', BURSTS, early, '1-40']);
      runTool('editcap', ['-r', BURSTS, late, '41-80']);
      runTool('mergecap', ['-a', '-w', pathOf('backward'), late, early]);
      runTool('mergecap', ['-w', pathOf('forward'), late, early]);
      expect(payloads(pathOf('forward'))).toEqual(payloads(BURSTS).slice(0, 80));
      expect(payloads(pathOf('backward'))).toEqual(payloads(pathOf('forward')));
    });
  });
});

describe('what text2pcap made of a hex dump', () => {
  it.for([
    ['IPv4 in Ethernet, as pcapng', ['-4', '192.0.2.1,192.0.2.2']],
    ['IPv6 in Ethernet, as pcapng in ns', ['-6', '2001:db8::1,2001:db8::2']],
    ['IPv6 in Ethernet, as pcap', ['-6', '2001:db8::1,2001:db8::2', '-F', 'pcap']],
    ['raw IPv4', ['-4', '192.0.2.1,192.0.2.2', '-l', '101']],
    ['raw IPv6, as pcap', ['-6', '2001:db8::1,2001:db8::2', '-l', '229', '-F', 'pcap']],
  ] as const)('of payloads holds them: %s', ([, words], ctx) => {
    needTool(ctx, 'text2pcap', 'wireshark-common');
    inFolder((pathOf) => {
      const sent = [...openCapture(BURSTS)];
      writeFileSync(pathOf('dump'), hexDump(sent));
      runTool('text2pcap', [
        '-q',
        '-t',
        '%s.%f',
        '-u',
        '4000,4002',
        ...words,
        pathOf('dump'),
        pathOf('made'),
      ]);
      const withPorts = sent.map((one) => ({ ...one, sourcePort: 4000, destinationPort: 4002 }));
      expect(datagrams(openCapture(pathOf('made')))).toEqual(datagrams(withPorts));
    });
  });

  it.for([
    ['a VLAN tag', [0, 7, 8, 0], ['-e', '0x8100']],
    ['two VLAN tags', [0, 7, 0x81, 0, 0, 9, 8, 0], ['-e', '0x88a8']],
    ['the header of a loopback device of BSD', [2, 0, 0, 0], ['-l', '0']],
    ['the header of a loopback device of OpenBSD', [0, 0, 0, 2], ['-l', '108']],
  ] as const)('of IP packets behind %s holds their payloads', ([, header, words], ctx) => {
    needTool(ctx, 'text2pcap', 'wireshark-common');
    inFolder((pathOf) => {
      writeFileSync(pathOf('dump'), hexDump(behind(header, readFileSync(BURSTS))));
      runTool('text2pcap', ['-q', '-t', '%s.%f', ...words, pathOf('dump'), pathOf('made')]);
      expect(datagrams(openCapture(pathOf('made')))).toEqual(datagrams(openCapture(BURSTS)));
    });
  });
});
