import { ccdf } from '../../analysis/delay-distribution.js';
import type { CallData } from './call-data.js';
import { element, section, table } from './elements.js';
import { clock, count, duration, milliseconds, percent, plural, round } from './format.js';
import { histogram, linePlot, type PlotAxis } from './plots.js';

const HISTOGRAM_BARS = 60;

/** How late packets came. */
export function delaySection({ delayCounts, report }: CallData): HTMLElement {
  const { delayMs, jitter, delaySpikes } = report.network;
  // The body of the distribution; the tail is the other plot's.
  const bodyMs = Math.max(10, Math.ceil(delayMs.p99 * 1.1));
  const barMs = Math.ceil(bodyMs / HISTOGRAM_BARS);
  const bars = Array.from({ length: Math.ceil(bodyMs / barMs) }, (_, bar) =>
    delayCounts.slice(bar * barMs, (bar + 1) * barMs).reduce((sum, one) => sum + one, 0),
  );
  const axis: PlotAxis = {
    label: 'ms over the fastest path',
    min: 0,
    max: bars.length * barMs,
    scale: 'linear',
    format: (value) => String(Math.round(value)),
  };
  const total = delayCounts.reduce((sum, one) => sum + one, 0);
  const least = 10 ** Math.floor(Math.log10(1 / Math.max(10, total)));
  return section(
    'delay',
    'Delay of packets',
    'over the fastest path, shifts and drift taken out',
    element(
      'div',
      { class: 'pair' },
      histogram(`Histogram, bars of ${barMs} ms`, axis, bars),
      linePlot(
        'Share that came later than …',
        { ...axis, min: 0, max: Math.max(10, delayCounts.length) },
        {
          label: '',
          min: least,
          max: 1,
          scale: 'log',
          format: (value) => `${Number((value * 100).toPrecision(1))} %`,
        },
        [
          {
            label: 'packets',
            style: 'main',
            points: [...ccdf(delayCounts)].map((ratio, ms) => [ms, ratio] as const),
          },
        ],
      ),
    ),
    facts([
      ['median', `${milliseconds(delayMs.p50)} ms`],
      ['95 %', `${milliseconds(delayMs.p95)} ms`],
      ['99 %', `${milliseconds(delayMs.p99)} ms`],
      ['greatest', `${milliseconds(delayMs.max)} ms`],
      ['jitter (RFC 3550)', `${round(jitter.meanMs, 1)} ms`],
      ['jitter, greatest', `${round(jitter.maxMs, 1)} ms`],
      [`holds of ${delaySpikes.thresholdMs} ms or more`, count(delaySpikes.count)],
      ['longest hold', duration(delaySpikes.longestMs)],
    ]),
  );
}

/** What was lost, and in which way. */
export function lossSection({ report }: CallData): HTMLElement {
  const { burstGap, gilbert } = report.network;
  return section(
    'loss',
    'Loss',
    `RFC 3611 bursts and gaps, Gmin ${burstGap.gminPackets}`,
    table(
      'Bursts and gaps',
      ['', 'bursts', 'gaps'],
      [
        ['number', count(burstGap.bursts), count(burstGap.bursts + 1)],
        ['mean length', duration(burstGap.burstDurationMs), duration(burstGap.gapDurationMs)],
        [
          'bad packets in them',
          percent(burstGap.burstDensityRatio),
          percent(burstGap.gapDensityRatio),
        ],
      ],
    ),
    facts([
      ['lost', percent(burstGap.lossRatio)],
      ['too late to be used', percent(burstGap.discardRatio)],
      ['Gilbert p: loss after a packet that came', percent(gilbert.lossAfterReceivedRatio)],
      ['Gilbert q: end of a loss', percent(gilbert.receivedAfterLossRatio)],
      ['mean run of losses', `${round(gilbert.meanLossRunPackets, 2)} packets`],
      ['longest run', plural(gilbert.longestLossRunPackets, 'packet')],
    ]),
  );
}

/** The two clocks and the way between them. */
export function clockSection({ report, spikes }: CallData): HTMLElement {
  const { driftPpm, pathShifts, pathShiftCount } = report.network;
  const shifts = pathShifts
    .slice(0, 12)
    .map(({ atMs, byMs }) =>
      element(
        'li',
        {},
        placeLink(atMs, 0),
        ` the way became ${milliseconds(Math.abs(byMs))} ms ${byMs > 0 ? 'longer' : 'shorter'}`,
      ),
    );
  const holds = spikes.map(({ startMs, endMs, highestMs }) =>
    element(
      'li',
      {},
      placeLink(startMs, endMs - startMs),
      ` packets held up by ${milliseconds(highestMs)} ms at most, for ${duration(endMs - startMs)}`,
    ),
  );
  return section(
    'clock',
    'Clocks and path',
    undefined,
    facts([
      [
        'drift of the clocks',
        `${driftPpm < -0.05 ? '−' : driftPpm > 0.05 ? '+' : ''}${round(Math.abs(driftPpm), 1)} ppm`,
      ],
      ['shifts of the path', count(pathShiftCount)],
      ['times a sender began anew', count(report.network.restarts)],
      ...(report.network.untracedPackets === 0
        ? []
        : ([['packets too many to be told of', count(report.network.untracedPackets)]] as const)),
    ]),
    shifts.length + holds.length === 0
      ? undefined
      : element('ul', { class: 'plain' }, ...shifts, ...holds),
  );
}

/** A list of names and values. */
export function facts(entries: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    'dl',
    {},
    ...entries.map(([name, value]) =>
      element('div', {}, element('dt', {}, name), element('dd', {}, value)),
    ),
  );
}

/** A place of the call that the page goes to when it is followed. */
export function placeLink(startMs: number, durationMs: number): HTMLAnchorElement {
  return element(
    'a',
    { href: '#timeline', 'data-start': String(startMs), 'data-duration': String(durationMs) },
    clock(startMs),
  );
}
