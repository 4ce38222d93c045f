import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, vi } from 'vitest';
import { openCapture, readCapture } from '../../src/replay/index.js';
import { ethernet, ipv4, u16, udp } from '../helpers/capture-bytes.js';
import { corpusFolder } from '../helpers/corpus.js';
import { inFolder, needTool, runTool } from '../helpers/run-tool.js';

const FIXTURES = resolve(import.meta.dirname, '../../fixtures');
const PCAPNG = resolve(FIXTURES, 'captures/short.pcapng');
const REFUSED = 'x, byte 0: not a capture of a known format: ';

/** What is said of a file. */
function saidOf(bytes: Uint8Array): string {
  try {
    readCapture(bytes, 'x');
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    expect(error).toMatchObject({ code: 'EARSHOT_BAD_CAPTURE' });
    expect(error.message.startsWith(REFUSED)).toBe(true);
    return error.message.slice(REFUSED.length);
  }
  throw new Error('it was taken for a capture');
}

function payloadsOf(path: string): string[] {
  return [...openCapture(path)].map(({ data }) => Buffer.from(data).toString('hex'));
}

/** A record of Endace's ERF of Ethernet: time, type, lengths, two bytes of padding, the frame, to a multiple of 8. */
function erfRecord(seconds: number, frame: Buffer): Buffer {
  const pad = (8 - ((18 + frame.length) % 8)) % 8;
  const time = Buffer.alloc(8);
  time.writeUInt32LE(seconds, 4);
  const lengths = [u16(18 + frame.length + pad), u16(0), u16(frame.length)];
  return Buffer.concat([time, Buffer.from([2, 4]), ...lengths, u16(0), frame, Buffer.alloc(pad)]);
}

vi.setConfig({ testTimeout: 60_000 }); // tshark takes its time to start.

describe('a capture of another tool', () => {
  it.for([
    ['snoop', 'a capture of snoop'],
    ['modpcap', 'a pcap of a patched tcpdump'],
    ['suse6_3pcap', 'a pcap of a patched tcpdump'],
    ['netmon1', 'a capture of Network Monitor 1'],
    ['netmon2', 'a capture of Network Monitor 2'],
    ['ngsniffer', 'a capture of Sniffer'],
    ['ngwsniffer_1_1', 'a capture of NetXray or Sniffer'],
    ['ngwsniffer_2_0', 'a capture of NetXray or Sniffer'],
    ['5views', 'a capture of 5View'],
    ['visual', 'a capture of Visual Networks'],
    ['lanalyzer', 'a capture of LANalyzer'],
    ['nettl', 'a trace of nettl'],
    ['k12text', 'a K12 text'],
  ] as const)(
    'as editcap writes it is named, and read when what is said was done: %s',
    ([type, what], ctx) => {
      needTool(ctx, 'editcap', 'wireshark-common');
      inFolder((pathOf) => {
        const [foreign, pcap] = [pathOf('foreign'), pathOf('pcap')];
        runTool('editcap', ['-F', type, PCAPNG, foreign]);
        const said = saidOf(readFileSync(foreign));
        const [, words = ''] =
          /make a pcap of it with Wireshark's `editcap (.*)`$/.exec(said) ?? [];
        expect(said.startsWith(`${what}; `)).toBe(true);
        runTool('editcap', [...words.split(' '), foreign, pcap]);
        expect(payloadsOf(pcap)).toEqual(payloadsOf(PCAPNG));
      });
    },
  );

  it.each([
    ['ObserverPktBufferVersion=15.00', 'a capture of Observer'],
    ['iptrace 2.0', 'a trace of iptrace'],
    ['\x7fver\0\0\0\x09', 'a capture of EtherPeek or OmniPeek'],
  ])('is named by how it begins: %j', (start, what) => {
    expect(saidOf(Buffer.from(start, 'latin1'))).toMatch(`${what}; make a pcap of it`);
  });

  it('is named where it has no signature but a first record: ERF', (ctx) => {
    const records = [0, 1].map((second) =>
      erfRecord(1_700_000_000 + second, ethernet(ipv4(udp(Buffer.from('voice'))))),
    );
    const erf = Buffer.concat(records);
    expect(saidOf(erf)).toMatch(/^a capture of ERF; make a pcap/);
    needTool(ctx, 'tshark', 'tshark');
    inFolder((pathOf) => {
      writeFileSync(pathOf('erf'), erf);
      const told = runTool('tshark', ['-r', pathOf('erf'), '-T', 'fields', '-e', 'udp.payload']);
      expect(told.trim().split('\n')).toEqual(Array(2).fill(Buffer.from('voice').toString('hex')));
    });
  });

  it.each([
    [
      'tcpdump',
      '10:21:05.123456 IP 192.0.2.1.4000 > 192.0.2.2.5000: UDP, length 60\n',
      'what tcpdump printed; record packets with `tcpdump -w`',
    ],
    [
      'tshark',
      '    1   0.000000    192.0.2.1 → 192.0.2.2    UDP 101 4000 → 5000 Len=59\n',
      'what tshark printed; save the packets with `tshark -w`',
    ],
  ])('printed as text is told from one: %s', (_, text, said) => {
    expect(saidOf(Buffer.from(text))).toBe(said);
  });

  it('as tshark prints it is told from one, whatever the form', (ctx) => {
    needTool(ctx, 'tshark', 'tshark');
    const lines = runTool('tshark', ['-r', PCAPNG, '-c', '3']);
    expect(saidOf(Buffer.from(lines))).toMatch(/^what tshark printed/);
    const json = runTool('tshark', ['-r', PCAPNG, '-c', '3', '-T', 'json']);
    expect(saidOf(Buffer.from(json))).toMatch(/^JSON of tshark; save the packets/);
    const pdml = runTool('tshark', ['-r', PCAPNG, '-c', '3', '-T', 'pdml']);
    expect(saidOf(Buffer.from(pdml))).toMatch(/^XML; if Wireshark exported it/);
  });
});

describe('a recording of sound', () => {
  it.each([
    ['WAV', readFileSync(resolve(FIXTURES, 'speech/call.wav')), 'WAV; it holds sound'],
    ['WebM', Buffer.from('1a45dfa39f4286810142f7810142f2810442f381', 'hex'), 'WebM or Matroska'],
    ['MP4', Buffer.from('\0\0\0\x20ftypisom', 'latin1'), 'MP4; it holds sound'],
    ['FLAC', Buffer.from('fLaC\0\0\0\x22'), 'FLAC; it holds sound'],
    ['MP3', Buffer.from('ID3\x04\0\0\0\0\0'), 'MP3; it holds sound'],
    ['AU', Buffer.from('.snd\0\0\0\x18'), 'Sun audio, as Wireshark saves'],
  ])('is named, and that it has no packets: %s', (_, bytes, said) => {
    expect(saidOf(bytes).startsWith(said)).toBe(true);
    expect(saidOf(bytes)).toMatch(/simulate|packets/);
  });

  it('of Opus in Ogg is named', (ctx) => {
    const file = resolve(corpusFolder(ctx), 'opus-files/LobbyAccessGranted.opus');
    expect(saidOf(readFileSync(file))).toBe(
      'Ogg Opus; it holds sound and no packets; `earshot simulate` makes a call of a WAV file, which `ffmpeg -i` makes of it',
    );
  });
});

describe('what is packed', () => {
  it('is to be unpacked first', () => {
    expect(saidOf(gzipSync(readFileSync(PCAPNG)))).toBe('gzip data; gunzip it first');
  });

  it.each([
    ['xz', 'fd377a585a000004', 'xz data; unxz it first'],
    ['zstd', '28b52ffd04581101', 'zstd data; unzstd it first'],
    ['bzip2', '425a683931415926', 'bzip2 data; bunzip2 it first'],
    ['7z', '377abcaf271c0004', '7z archive; unpack it first with `7z x`'],
  ])('by whatever packer: %s', (_, hex, said) => {
    expect(saidOf(Buffer.from(hex, 'hex'))).toContain(said);
  });

  it.for([
    ['xz', 'xz-utils', ['-9', '-k'], '.xz', 'xz data; unxz it first'],
    ['bzip2', 'bzip2', ['-k'], '.bz2', 'bzip2 data; bunzip2 it first'],
    ['tar', 'tar', [], '.tar', 'a tar archive; unpack it first with `tar -xf`'],
  ] as const)('as the packer itself wrote it: %s', ([program, from, words, end, said], ctx) => {
    needTool(ctx, program, from);
    inFolder((pathOf) => {
      const file = pathOf('call.pcapng');
      writeFileSync(file, readFileSync(PCAPNG));
      if (program === 'tar')
        runTool('tar', ['-cf', `${file}${end}`, '-C', pathOf('.'), 'call.pcapng']);
      else runTool(program, [...words, file]);
      expect(saidOf(readFileSync(`${file}${end}`))).toBe(said);
    });
  });
});

describe('what a download or a browser left', () => {
  it.each([
    [
      '{\n "cpuPerformance": 2,\n "timestamp": 1795998558698,\n "getUserMedia": [],\n "PeerConnections": {',
      /^a dump of chrome:\/\/webrtc-internals; .*event recording”/,
    ],
    ['RTCStatsDump\n{"fileFormat":3}\n', /^a dump of rtcstats; it has statistics and no packets/],
    ['<!doctype html><title>404</title>', /^a web page; what was to be downloaded was not/],
    ['version https://git-lfs', /^a pointer of Git LFS; fetch the file/],
  ])('is named: %s', (text, said) => {
    expect(saidOf(Buffer.from(text))).toMatch(said);
  });

  it('and is unknown is told by its first bytes, with what can be read', () => {
    expect(saidOf(Buffer.from('notes of a call'))).toMatch(
      /^begins with 6e6f746573206f66; pcap, .* and others once/,
    );
    expect(saidOf(Buffer.alloc(600))).toMatch(/^begins with 0{16}; /);
    expect(saidOf(Buffer.alloc(0))).toBe('the file is empty');
  });
});
