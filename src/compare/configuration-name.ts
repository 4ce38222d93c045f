import { BUILTIN_LIBOPUS, type ReceiverChoice } from './configuration.js';

/** Settings of a receiver as they are called by, one by one; those that its mode does not have are left out. */
export type NamedSettings = Readonly<Partial<Record<keyof ReceiverChoice, string>>>;

/** What the settings of a receiver are called in tables and conditions. */
export function namedSettings(receiver: ReceiverChoice): NamedSettings {
  const { mode, deadlineMs, eagerness, maxDelayMs, sampleRateHz, libopus, nackRttMs } = receiver;
  return {
    mode,
    ...(deadlineMs === null ? {} : { deadlineMs: `deadline ${deadlineMs}` }),
    ...(eagerness === null ? {} : { eagerness: `eagerness ${eagerness}` }),
    ...(maxDelayMs === null ? {} : { maxDelayMs: `max delay ${maxDelayMs}` }),
    sampleRateHz: `${sampleRateHz} Hz`,
    libopus: `libopus ${libopus ?? BUILTIN_LIBOPUS}`,
    nackRttMs: `NACK ${nackRttMs}`,
  };
}
