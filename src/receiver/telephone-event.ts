/** A key press or another signal of the line (RFC 4733). */
export interface TelephoneEvent {
  /** 0..9 are the digits, 10 is *, 11 is #, 12..15 are A..D. */
  readonly event: number;
  /** False when the key goes down, true when it comes up. */
  readonly hasEnded: boolean;
  /** 0..-63 dBm0. */
  readonly levelDbm0: number;
  /** Media position of its beginning, 48 kHz ticks. */
  readonly mediaTicks: number;
  /** So far, 48 kHz ticks; final where it has ended. */
  readonly durationTicks: number;
}

/** Numbers that native/addon/receiver_fields.cc writes for an event, in the order in which they are read here. */
export const EVENT_FIELDS = 5;
/** As many as the engine remembers. */
export const EVENTS_A_CALL = 16;

/** Makes an event of what the addon wrote. */
export function readTelephoneEvent(memory: Float64Array): TelephoneEvent {
  const field = (index: number): number => memory[index] as number;
  return {
    event: field(0),
    hasEnded: field(1) !== 0,
    levelDbm0: field(2),
    mediaTicks: field(3),
    durationTicks: field(4),
  };
}
