import { loadAddon } from './binding.js';

/** What the linked libopus is. */
export interface OpusFeatures {
  /** As `opus_get_version_string` gives it. */
  readonly version: string;
  /** Size of a mono decoder's state, bytes; above 60,000 it holds deep concealment. */
  readonly decoderBytes: number;
}

/** Asks the engine which libopus it decodes with. */
export function opusFeatures(): OpusFeatures {
  return loadAddon().opusFeatures();
}
