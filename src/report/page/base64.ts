import type { Packed } from '../page-data.js';

export function bytesOf(base64: Packed): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return bytes;
}

export function wordsOf(base64: Packed): Uint16Array {
  return new Uint16Array(bytesOf(base64).buffer);
}
