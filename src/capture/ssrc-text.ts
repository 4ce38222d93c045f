/** An SSRC as Wireshark shows it; every `--ssrc` takes it like that. */
export function ssrcText(ssrc: number): string {
  return `0x${ssrc.toString(16).toUpperCase().padStart(8, '0')}`;
}
