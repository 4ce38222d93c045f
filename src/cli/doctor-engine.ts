import { EarshotError } from '../errors.js';
import type { AudioFrame } from '../receiver/audio-frame.js';
import { addonPath } from '../receiver/binding.js';
import { type OpusFeatures, opusFeatures } from '../receiver/opus-features.js';
import { Receiver } from '../receiver/receiver.js';
import { talk } from '../simulate/talk.js';
import { type Finding, messageOf } from './doctor-finding.js';

const SAMPLE_RATE_HZ = 16_000;
const FRAME_MS = 20;
const FRAMES = 10;
const LOST_FRAME = 3;

/** As the system's libraries are called, where there is one; later versions keep the name. */
const SYSTEM_LIBOPUS = process.platform === 'darwin' ? 'libopus.0.dylib' : 'libopus.so.0';

/** Loads the addon and sends a tone through encoder, RTP, receiver and decoder, with one packet lost. */
export function examineEngine(): readonly Finding[] {
  try {
    const builtIn = opusFeatures();
    return [
      { name: 'engine', state: 'ok', found: addonPath(), facts: { path: addonPath() } },
      {
        name: 'libopus',
        state: 'ok',
        found: `${versionOf(builtIn)}, built in; in-band FEC yes, ${networksOf(builtIn)}`,
        facts: { ...builtIn, version: versionOf(builtIn), fec: true },
      },
      examineSystemLibopus(),
      examineCall(),
    ];
  } catch (error) {
    return [{ name: 'engine', state: 'failed', found: messageOf(error), facts: { path: null } }];
  }
}

/** A newer one than is built in may stand in its place. */
function examineSystemLibopus(): Finding {
  const name = 'system libopus';
  try {
    const features = opusFeatures(SYSTEM_LIBOPUS);
    const found = `${versionOf(features)}; ${networksOf(features)}`;
    return { name, state: 'ok', found, facts: { ...features, version: versionOf(features) } };
  } catch (error) {
    if (!(error instanceof EarshotError) || error.code !== 'EARSHOT_LIBOPUS_UNUSABLE') throw error;
    const found = `no ${SYSTEM_LIBOPUS} in the library folders; not needed, but 1.5 and later conceal losses better`;
    return { name, state: 'absent', found, facts: { version: null, deepPlc: false, dred: false } };
  }
}

function versionOf({ version }: OpusFeatures): string {
  return version.replace(/^libopus /, '');
}

function networksOf({ deepPlc, dred }: OpusFeatures): string {
  return `deep PLC ${deepPlc ? 'yes' : 'no'}, DRED ${dred ? 'yes' : 'no'}`;
}

function examineCall(): Finding {
  const frames = receiveTone();
  const rebuilt = frames.filter(({ provenance }) => provenance === 'fec' || provenance === 'plc');
  const heardMs = frames.reduce((sum, frame) => sum + frame.durationTicks / 48, 0);
  const loudest = Math.max(...frames.map((frame) => frame.levelDb));
  const facts = { heardMs, rebuiltFrames: rebuilt.length, levelDb: loudest };
  return heardMs === FRAMES * FRAME_MS && rebuilt.length === 1 && loudest > -30
    ? {
        name: 'self-test',
        state: 'ok',
        found: `${heardMs} ms of tone encoded, sent as RTP, received; a lost packet rebuilt (${rebuilt[0]?.provenance})`,
        facts,
      }
    : {
        name: 'self-test',
        state: 'failed',
        found: `a tone of ${FRAMES * FRAME_MS} ms came out as ${heardMs} ms at ${Math.round(loudest)} dB, ${rebuilt.length} frames rebuilt`,
        help: 'rebuild the engine; if that does not help, report this with the output of earshot doctor --json',
        facts,
      };
}

function receiveTone(): readonly AudioFrame[] {
  const packets = talk(tone(), {
    sampleRateHz: SAMPLE_RATE_HZ,
    frameMs: FRAME_MS,
    fec: 'on',
    ssrc: 1,
  });
  const receiver = new Receiver({ sampleRateHz: SAMPLE_RATE_HZ, deadlineMs: 2 * FRAME_MS });
  try {
    const arrivals = packets.map(({ data, atUs }) => ({ data, arrivalUs: atUs }));
    receiver.push(arrivals.filter((_, index) => index !== LOST_FRAME));
    // Past the hole's deadline, and before that of the frame that would follow the last one.
    return receiver.poll((FRAMES + 1) * FRAME_MS * 1000);
  } finally {
    receiver.close();
  }
}

function tone(): Int16Array {
  return Int16Array.from({ length: (SAMPLE_RATE_HZ * FRAME_MS * FRAMES) / 1000 }, (_, index) =>
    Math.round(8000 * Math.sin((2 * Math.PI * 440 * index) / SAMPLE_RATE_HZ)),
  );
}
