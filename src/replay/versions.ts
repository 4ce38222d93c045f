import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Capture } from '../capture/capture.js';
import { packageVersion } from '../package-folder.js';
import { addonPath } from '../receiver/binding.js';
import { opusFeatures } from '../receiver/opus-features.js';

/** What must be the same for a replay to give the same report again, beside the options. */
export interface Versions {
  readonly earshot: string;
  /** As the library tells it. */
  readonly libopus: string;
  readonly captureSha256: string;
  /** Of the compiled engine. */
  readonly engineSha256: string;
}

let engineSha256: string | undefined;

/** @param libopus - the shared library that was used, if any */
export function versionsOf(capture: Capture, libopus: string | undefined): Versions {
  engineSha256 ??= createHash('sha256').update(readFileSync(addonPath())).digest('hex');
  return {
    earshot: packageVersion(),
    libopus: opusFeatures(libopus).version,
    captureSha256: capture.sha256(),
    engineSha256,
  };
}
