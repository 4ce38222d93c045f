/** The 16-bit number at `at`, which must lie inside. Buffer's own checks twice what is already checked. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}
