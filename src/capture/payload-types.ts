/** What payload types mean, by their rtpmap: `{ 111: 'opus/48000/2' }`. */
export type Codecs = Readonly<Record<number, string>>;

export const OPUS = 'opus/48000/2';
/** Of Opus, which its clock rate is that of (RFC 2198 4). */
export const RED = 'red/48000/2';

/** Static payload types (RFC 3551 6) that the engine plays. */
export const STATIC_CODECS: Codecs = { 0: 'PCMU/8000', 8: 'PCMA/8000', 13: 'CN/8000' };

/** Static payload types (RFC 3551 tables 4 and 5), those that nobody sends any more left out. */
export const STATIC_RTPMAPS: Codecs = {
  0: 'PCMU/8000',
  3: 'GSM/8000',
  4: 'G723/8000',
  5: 'DVI4/8000',
  6: 'DVI4/16000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  10: 'L16/44100/2',
  11: 'L16/44100',
  13: 'CN/8000',
  14: 'MPA/90000',
  15: 'G728/8000',
  18: 'G729/8000',
  26: 'JPEG/90000',
  31: 'H261/90000',
  34: 'H263/90000',
};

/** RFC 3551 6, and the unassigned ones that WebRTC takes when those run out (RFC 8843 leaves them to the offer). */
const DYNAMIC_PAYLOAD_TYPES: readonly (readonly [number, number])[] = [
  [96, 127],
  [35, 63],
];
/** 2.5 ms at 8 kHz, and 120 ms: what a packet of G.711 may hold. */
const G711_BLOCK_BYTES = 20;
const MAX_G711_BYTES = 960;

/** By payload type: it is asked of every packet. */
const IS_DYNAMIC: readonly boolean[] = Array.from({ length: 128 }, (_, payloadType) =>
  DYNAMIC_PAYLOAD_TYPES.some(([first, last]) => payloadType >= first && payloadType <= last),
);

export function isDynamic(payloadType: number): boolean {
  return IS_DYNAMIC[payloadType] === true;
}

/** Whether packets of this rtpmap hold audio; those of RED do too. */
export function isAudio(rtpmap: string): boolean {
  return !/^(cn|telephone-event)\//i.test(rtpmap);
}

/** Whether a payload of a static type can be what the type stands for. */
export function canBeG711(payloadType: number, payloadBytes: number): boolean {
  const rtpmap = STATIC_CODECS[payloadType];
  if (rtpmap === undefined || !isAudio(rtpmap)) return false;
  return (
    payloadBytes > 0 && payloadBytes <= MAX_G711_BYTES && payloadBytes % G711_BLOCK_BYTES === 0
  );
}

/** For people: the number, and the encoding where everybody knows it. */
export function describePayloadType(payloadType: number): string {
  const encoding = STATIC_RTPMAPS[payloadType]?.split('/')[0];
  return encoding === undefined ? `${payloadType}` : `${payloadType} ${encoding}`;
}
