/** A packet, or a copy of one, that waits to be played; positions in 48 kHz ticks. */
export interface StoredPacket {
  readonly mediaTicks: number;
  readonly durationTicks: number;
  readonly content: 'audio' | 'silence';
  readonly storedMs: number;
}

const MAX_PACKETS = 200;

/** NetEQ's packet buffer: in order of media, and thrown away whole when it is full (libwebrtc neteq/packet_buffer.cc). */
export class PacketStore {
  #packets: StoredPacket[] = [];

  get first(): StoredPacket | undefined {
    return this.#packets[0];
  }

  get hasSilence(): boolean {
    return this.#packets.some(({ content }) => content === 'silence');
  }

  add(packet: StoredPacket): void {
    if (this.#packets.length >= MAX_PACKETS) this.#packets = [];
    const behind = this.#packets.findLastIndex(({ mediaTicks }) => mediaTicks <= packet.mediaTicks);
    if (this.#packets[behind]?.mediaTicks === packet.mediaTicks) return;
    this.#packets.splice(behind + 1, 0, packet);
  }

  discardBefore(mediaTicks: number): void {
    while (this.first !== undefined && this.first.mediaTicks < mediaTicks) this.#packets.shift();
  }

  take(): StoredPacket | undefined {
    return this.#packets.shift();
  }

  /** From the first packet to the last, and how long that has waited, ms. */
  spanMs(nowMs: number): number {
    const [first, last] = [this.#packets[0], this.#packets.at(-1)];
    if (first === undefined || last === undefined) return 0;
    return (last.mediaTicks - first.mediaTicks) / 48 + nowMs - last.storedMs;
  }
}
