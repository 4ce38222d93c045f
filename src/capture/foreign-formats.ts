/** A kind of file that people have beside captures: how it begins, what it is, and what to do with it. */
interface ForeignFormat {
  /** In latin1, each at its offset; all must be there. */
  readonly begins: readonly (readonly [offset: number, signature: string])[];
  readonly what: string;
  readonly advice: string;
}

const EDITCAP = "make a pcap of it with Wireshark's `editcap -F pcap`";
/** Where each packet has a link layer of its own. */
const EDITCAP_OF_LINK = "make a pcap of it with Wireshark's `editcap -F pcap -T ether`";
const AUDIO = 'it holds sound and no packets; `earshot simulate` makes a call of a WAV file';
const TO_WAV = `${AUDIO}, which \`ffmpeg -i\` makes of it`;

/** Machine and browser stand before the calls, which of them depends on the version. */
const WEBRTC_INTERNALS = /^\{\s*".*"(?:getUserMedia|PeerConnections)":/s;
const WEBRTC_INTERNALS_ADVICE =
  'it has statistics and no packets; tick “diagnostic packet and event recording” in chrome://webrtc-internals and take that log';

function at0(signature: string, what: string, advice: string): ForeignFormat {
  return { begins: [[0, signature]], what, advice };
}

/** Signatures as Wireshark's wiretap and file(1) have them; the longer one of two that begin alike comes first. */
const FOREIGN: readonly ForeignFormat[] = [
  at0('\x1f\x8b', 'gzip data', 'gunzip it first'),
  at0('PK\x03\x04', 'a zip archive', 'unzip it first'),
  at0('\xfd7zXZ\0', 'xz data', 'unxz it first'),
  at0('\x28\xb5\x2f\xfd', 'zstd data', 'unzstd it first'),
  at0('\x04\x22\x4d\x18', 'lz4 data', 'unlz4 it first'),
  at0('BZh', 'bzip2 data', 'bunzip2 it first'),
  at0('7z\xbc\xaf\x27\x1c', 'a 7z archive', 'unpack it first with `7z x`'),
  { begins: [[257, 'ustar']], what: 'a tar archive', advice: 'unpack it first with `tar -xf`' },

  {
    begins: [
      [0, 'OggS'],
      [28, 'OpusHead'],
    ],
    what: 'Ogg Opus',
    advice: TO_WAV,
  },
  at0('OggS', 'Ogg', TO_WAV),
  at0('\x1a\x45\xdf\xa3', 'WebM or Matroska', TO_WAV),
  { begins: [[4, 'ftyp']], what: 'MP4', advice: TO_WAV },
  {
    begins: [
      [0, 'RIFF'],
      [8, 'WAVE'],
    ],
    what: 'WAV',
    advice: `${AUDIO} like this`,
  },
  { begins: [[8, 'AIFF']], what: 'AIFF', advice: TO_WAV },
  at0('fLaC', 'FLAC', TO_WAV),
  at0('ID3', 'MP3', TO_WAV),
  at0('caff', 'Core Audio', TO_WAV),
  at0('#!AMR', 'AMR', TO_WAV),
  at0('.snd', 'Sun audio, as Wireshark saves the sound of a call', 'save its packets instead'),

  at0('snoop\0\0\0', 'a capture of snoop', EDITCAP),
  at0('\x34\xcd\xb2\xa1', 'a pcap of a patched tcpdump', EDITCAP),
  at0('\xa1\xb2\xcd\x34', 'a pcap of a patched tcpdump', EDITCAP),
  at0('RTSS', 'a capture of Network Monitor 1', EDITCAP),
  at0('GMBU', 'a capture of Network Monitor 2', EDITCAP),
  at0('TRSNIFF data', 'a capture of Sniffer', EDITCAP),
  at0('XCP\0', 'a capture of NetXray or Sniffer', EDITCAP),
  at0('ObserverPktBuffe', 'a capture of Observer', EDITCAP),
  at0('\xaa\xaa\xaa\xaa', 'a capture of 5View', EDITCAP),
  at0('\x05VNF', 'a capture of Visual Networks', EDITCAP),
  at0('\x01\x10\x4c\0', 'a capture of LANalyzer', EDITCAP),
  at0('TR\0d', 'a trace of nettl', EDITCAP_OF_LINK),
  at0('\x7fver', 'a capture of EtherPeek or OmniPeek', EDITCAP),
  at0('iptrace ', 'a trace of iptrace', EDITCAP),
  at0('+---------+-----', 'a K12 text', EDITCAP_OF_LINK),
  at0('btsnoop\0', 'a capture of Bluetooth', 'there is no RTP in it'),

  at0('RTCStatsDump', 'a dump of rtcstats', WEBRTC_INTERNALS_ADVICE),
  at0('<?xml', 'XML', 'if Wireshark exported it, save the packets as pcap instead'),
  at0('[\n  {\n    "_index": "packets', 'JSON of tshark', 'save the packets with `tshark -w`'),
  at0('<!doctype html', 'a web page', 'what was to be downloaded was not'),
  at0('version https://git-lfs', 'a pointer of Git LFS', 'fetch the file with `git lfs pull`'),
];

/** A line of tcpdump: a time of day or none, and a protocol. */
const TCPDUMP_LINE = /^(?:\d{2}:\d{2}:\d{2}\.\d{6} |\d{10}\.\d{6} )?(?:IP6?|ARP) /;
/** A line of tshark: a number, seconds, two addresses. */
const TSHARK_LINE = /^ *\d+ +\d+\.\d{6,9} +[\da-f.:]+ (?:→|->) [\da-f.:]+ /u;

// Endace's ERF has no signature: its first record must look right.
const ERF_HEADER_BYTES = 16;
const ERF_ETHERNET = 2;
const ERF_ETHERNET_PAD_BYTES = 2;
const ERF_MAX_ALIGNMENT_BYTES = 8;
const YEAR_2000_SECONDS = 946_684_800;

/**
 * What a file is that is no capture of ours, and what to do about it, in words for the end of an error; `undefined` where
 * that is not known.
 *
 * @param start - the first 512 bytes, or all there are
 */
export function foreignFormatOf(start: Buffer): string | undefined {
  const text = start.toString('latin1');
  const found = FOREIGN.find(({ begins }) =>
    begins.every(([offset, signature]) => text.startsWith(signature, offset)),
  );
  if (found !== undefined) return `${found.what}; ${found.advice}`;
  if (WEBRTC_INTERNALS.test(text)) {
    return `a dump of chrome://webrtc-internals; ${WEBRTC_INTERNALS_ADVICE}`;
  }
  const [line = ''] = start.toString('utf8').split('\n', 1);
  if (TCPDUMP_LINE.test(line)) return 'what tcpdump printed; record packets with `tcpdump -w`';
  if (TSHARK_LINE.test(line)) return 'what tshark printed; save the packets with `tshark -w`';
  if (isErf(start)) return `a capture of ERF; ${EDITCAP}`;
  return undefined;
}

function isErf(start: Buffer): boolean {
  if (start.length < ERF_HEADER_BYTES) return false;
  const seconds = start.readUInt32LE(4);
  const recordBytes = start.readUInt16BE(10);
  const wireBytes = start.readUInt16BE(14);
  const pastPacket = recordBytes - ERF_HEADER_BYTES - ERF_ETHERNET_PAD_BYTES - wireBytes;
  return (
    (start.readUInt8(8) & 0x7f) === ERF_ETHERNET &&
    seconds > YEAR_2000_SECONDS &&
    pastPacket >= 0 &&
    pastPacket < ERF_MAX_ALIGNMENT_BYTES
  );
}
