import { readCall } from './call.js';
import { geometricMean, readConditions } from './conditions.js';
import { measurePlayout, type PlayoutOutcome } from './playout.js';
import { measureRecognizer } from './recognizer.js';

/** When the listener's ticks come, µs after a multiple of 10 ms: the cost depends on it. */
export const TICK_PHASES_US = [0, 2500, 5000, 7500] as const;

/** Prints what both modes do on the networks of a corpus, beside NetEQ on the same packets. */
export async function printCorpusTables(corpus: string): Promise<void> {
  const fixed = (value: number, digits: number, width: number): string =>
    value.toFixed(digits).padStart(width);
  const ratios: number[] = [];
  console.log(
    `\nThe corpus's networks, packet for packet; playout at 16 kHz, mean of ${TICK_PHASES_US.length} tick phases;\n` +
      'cost = mean delay over speech in ms + 20 x concealed percent; ratio of it to NetEQ:',
  );
  console.log(
    '  network               NetEQ: cost   ms    conc   playout: cost   ms    conc   ratio   recognizer: p50 in order    p95   conc  repaired  misses',
  );
  for (const condition of readConditions(corpus)) {
    const call = readCall(condition.path, condition.drifts);
    const outcomes = TICK_PHASES_US.map((phaseUs) => measurePlayout(call, { phaseUs }));
    const mean = (pick: (one: PlayoutOutcome) => number): number =>
      outcomes.reduce((sum, one) => sum + pick(one), 0) / outcomes.length;
    const cost = mean((one) => one.cost);
    const heard = await measureRecognizer(condition.path, call);
    ratios.push(cost / condition.neteqCost);
    console.log(
      `  ${condition.name.padEnd(20)} ${fixed(condition.neteqCost, 1, 11)} ${fixed(condition.neteqMeanMs, 1, 6)} ${fixed(condition.neteqConcealedPercent, 2, 6)} ` +
        `${fixed(cost, 1, 14)} ${fixed(
          mean((one) => one.meanDelayMs),
          1,
          6,
        )} ${fixed(
          mean((one) => one.concealedPercent),
          2,
          6,
        )} ${fixed(cost / condition.neteqCost, 2, 7)} ` +
        `${fixed(heard.p50Ms, 1, 16)} ${fixed(heard.inOrderP50Ms, 1, 8)} ${fixed(heard.p95Ms, 1, 6)} ${fixed(heard.concealedPercent, 2, 6)} ` +
        `${fixed(heard.repairedConcealedPercent, 2, 9)} ${fixed(heard.misses, 0, 7)}`,
    );
  }
  console.log(
    `  geometric mean of the ratio ${geometricMean(ratios).toFixed(3)}, greatest ${Math.max(...ratios).toFixed(3)}`,
  );
}
