// Prints every number of bench/README.md: `npm run bench`, from the root of a checkout.
import { cpus } from 'node:os';
import { opusFeatures } from '../src/receiver/opus-features.js';
import { measureBoundary } from './boundary.js';
import { printCorpusTables } from './corpus/tables.js';
import { measureEngineCost } from './engine-cost.js';
import { encodeFixtureCall } from './material.js';
import { measureNetwork, NETWORKS } from './networks.js';
import { measurePoolCost } from './pool-cost.js';
import { measurePoolMemory } from './pool-memory.js';
import { measureReplayCost } from './replay-cost.js';

const material = encodeFixtureCall();
console.log(
  `${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}, ${opusFeatures().version}; ` +
    `${material.length} packets of 20 ms, Opus 24 kb/s, decoded at 16 kHz\n`,
);

const cost = await measureEngineCost(material);
console.log('Whole receiver over bare opus_decode, same packets, one thread:');
console.log(
  `  ratio ${cost.ratio.toFixed(3)} (${cost.lowestRatio.toFixed(3)}..${cost.highestRatio.toFixed(3)} over the rounds); ` +
    `${cost.receiverNsPerPacket.toFixed(0)} against ${cost.decodeNsPerPacket.toFixed(0)} ns a packet\n`,
);

const pool = measurePoolCost(material);
console.log(
  `A pool of ${pool.streams} streams, one push and one drain each 10 ms, against bare opus_decode of the same packets:`,
);
console.log(
  `  streams in real time on one core: ratio ${pool.ratio.toFixed(3)} (${pool.lowestRatio.toFixed(3)}..${pool.highestRatio.toFixed(3)} over the turns); ` +
    `${pool.poolStreams} against ${pool.decodeStreams}`,
);
console.log('Memory of a stream of a pool, 120 streams at 16 kHz, after half a minute:');
for (const mode of ['recognizer', 'playout', 'both'] as const) {
  for (const network of ['clean', 'lossy'] as const) {
    const [wideband, hybrid] = (['wideband', 'hybrid'] as const).map(
      (voice) => `${(measurePoolMemory(mode, network, voice) / 1000).toFixed(0).padStart(5)} kB`,
    );
    console.log(`  ${mode.padEnd(10)} ${network} ${wideband}, of hybrid packets ${hybrid}`);
  }
}

const replayed = measureReplayCost();
console.log('\nA replay of an hour, 180,000 packets of which 2 % were lost:');
console.log(
  `  capture to report over bare opus_decode of its packets, CPU time of all threads: ratio ${replayed.ratio.toFixed(2)} ` +
    `(${replayed.lowestRatio.toFixed(2)}..${replayed.highestRatio.toFixed(2)} over the rounds)`,
);
console.log(
  `  earshot replay --json: ${replayed.commandSeconds.toFixed(1)} s, ${replayed.commandPeakMegabytes.toFixed(0)} MB at its peak`,
);

console.log('\nThe N-API boundary:');
for (const { name, nsPerUnit, unit } of await measureBoundary(material)) {
  console.log(`  ${name.padEnd(28)} ${nsPerUnit.toFixed(0).padStart(5)} ns a ${unit}`);
}

console.log(
  '\nThe call through networks, D = 150 ms, five seeds each; ms over the minimum-delay line:',
);
console.log(
  '  network              its p50    p50    p95    p99   lost   copied  concealed  60 ms buffer',
);
for (const [name, settings] of Object.entries(NETWORKS)) {
  const outcome = measureNetwork(name, settings, material);
  const ms = (value: number): string => value.toFixed(1).padStart(6);
  const percent = (ratio: number): string => `${(ratio * 100).toFixed(1)} %`.padStart(7);
  console.log(
    `  ${name.padEnd(20)} ${ms(outcome.networkP50Ms)} ${ms(outcome.p50Ms)} ${ms(outcome.p95Ms)} ${ms(outcome.p99Ms)} ` +
      `${percent(outcome.lostRatio)} ${percent(outcome.fecRatio)}    ${percent(outcome.concealedRatio)}       ${percent(outcome.fixedBufferConcealedRatio)}`,
  );
}

const corpus = process.env.EARSHOT_CORPUS;
if (corpus === undefined || corpus === '') {
  console.log('\nNo table beside NetEQ: EARSHOT_CORPUS is not set to the folder of the corpus.');
} else {
  await printCorpusTables(corpus);
}
