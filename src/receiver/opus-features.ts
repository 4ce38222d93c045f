import { EarshotError } from '../errors.js';
import { loadAddon } from './binding.js';

/** What a libopus is and can do. */
export interface OpusFeatures {
  /** As `opus_get_version_string` gives it. */
  readonly version: string;
  /** Size of a mono decoder's state, bytes. */
  readonly decoderBytes: number;
  /** Whether it conceals losses by a neural vocoder (libopus 1.5 and later, where built so). */
  readonly deepPlc: boolean;
  /** Whether it reads deep redundancy. */
  readonly dred: boolean;
}

/**
 * Asks a libopus what it can do.
 *
 * @param libopus - path of a shared library, or its name in the system's library folders (`libopus.so.0`); it is loaded
 *   into this process and stays there. Default: the one that is built into the engine
 * @throws {EarshotError} `EARSHOT_LIBOPUS_UNUSABLE`: what is wrong with it and what to do; `EARSHOT_BAD_OPTION` for
 *   anything but a string
 */
export function opusFeatures(libopus?: string): OpusFeatures {
  const addon = loadAddon();
  if (libopus !== undefined && typeof libopus !== 'string') {
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Expected libopus to be the path of a shared library, got ${typeof libopus}`,
    );
  }
  try {
    return addon.opusFeatures(libopus);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new EarshotError('EARSHOT_LIBOPUS_UNUSABLE', message, { cause });
  }
}
