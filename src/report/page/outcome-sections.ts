import { eModelEstimate } from '../../analysis/e-model.js';
import type { LedgerRow } from '../../replay/frame-tally.js';
import type { TradeOff } from '../page-data.js';
import type { CallData } from './call-data.js';
import { element, section, table } from './elements.js';
import { count, duration, milliseconds, percent, round } from './format.js';
import { facts } from './network-sections.js';
import { linePlot, type PlotLine } from './plots.js';
import { PROVENANCE_ORDER, PROVENANCE_STYLES } from './provenance.js';

/** Where the audio came from. */
export function recoverySection({ report }: CallData): HTMLElement {
  const { recovery, repairs, interruptions } = report;
  const shown = PROVENANCE_ORDER.filter((name) => recovery[name].ms > 0);
  return section(
    'recovery',
    'What the audio is made of',
    'as it was handed out first',
    table(
      'Audio by where it came from',
      ['', 'time', 'share', 'stretches', 'repaired later'],
      shown.map((name) => {
        const row = recovery[name];
        return [
          element(
            'span',
            { class: 'named', title: PROVENANCE_STYLES[name].meaning },
            element('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }),
            PROVENANCE_STYLES[name].label,
          ),
          duration(row.ms),
          percent(row.shareRatio),
          count(row.events),
          row.repairedMs === 0 ? '–' : duration(row.repairedMs),
        ];
      }),
    ),
    facts([
      [`breaks of ${interruptions.thresholdMs} ms or more`, count(interruptions.count)],
      ['longest gap', duration(interruptions.longestConcealmentMs)],
      ['repairs (runs)', count(repairs.count)],
      ['audio handed out again', duration(repairs.repairedMs)],
    ]),
  );
}

const STAGES: Readonly<Record<LedgerRow['stage'], string>> = {
  network: 'on the way',
  engine: 'held by the engine',
  target: 'delay aimed at',
  buffer: 'audio in the buffer',
  total: 'in all',
};

/** Where latency came from. */
export function ledgerSection({ report }: CallData): HTMLElement {
  const { ledger, playout, deadline } = report;
  return section(
    'ledger',
    'Latency ledger',
    'ms over the minimum-delay line as the engine knew it at the time',
    table(
      'Latency by where it came from',
      ['', 'mean', 'median', '95 %', '99 %', 'greatest'],
      ledger.map(({ stage, ms }) => [
        STAGES[stage],
        milliseconds(ms.mean),
        milliseconds(ms.p50),
        milliseconds(ms.p95),
        milliseconds(ms.p99),
        milliseconds(ms.max),
      ]),
    ),
    facts(
      playout === undefined
        ? [
            ['deadline', `${deadline.ms} ms`],
            ['handed out behind it', count(deadline.misses)],
          ]
        : [
            ['taken out by time-stretch', duration(playout.removedMs)],
            ['put in by time-stretch', duration(playout.insertedMs)],
            ['dropped', duration(playout.droppedMs)],
          ],
    ),
  );
}

/** Delay against concealment: this run beside what any buffer could have done. */
export function tradeOffSection({ report, tradeOffs }: CallData): HTMLElement | undefined {
  const { run, fixedDelay, fixedDelayWithCopies, lowerBound } = tradeOffs;
  if (fixedDelay.length === 0) return undefined;
  const all = [...fixedDelay, ...fixedDelayWithCopies, ...lowerBound];
  const least = Math.min(
    ...all.map(({ concealedRatio }) => concealedRatio).filter((one) => one > 0),
    0.01,
  );
  const floor = 10 ** Math.floor(Math.log10(Math.max(1e-5, least)));
  const most = Math.max(run.concealedRatio, ...all.map(({ concealedRatio }) => concealedRatio));
  const bound =
    report.config.mode === 'recognizer'
      ? 'frames in order, the best in hindsight'
      : 'a player who follows the network, the best in hindsight';
  const line = (label: string, style: PlotLine['style'], own: readonly TradeOff[]): PlotLine => ({
    label,
    style,
    points: own.map(({ delayMs, concealedRatio }) => [delayMs, Math.max(floor, concealedRatio)]),
  });
  return section(
    'trade-off',
    'Delay against concealment',
    'lower and further left is better',
    linePlot(
      'Share made up by mean delay',
      {
        label: 'mean delay over the fastest packet, ms',
        min: 0,
        max: Math.max(100, run.delayMs * 1.2, ...lowerBound.map(({ delayMs }) => delayMs)),
        scale: 'linear',
        format: (value) => String(Math.round(value)),
      },
      {
        label: '',
        min: floor,
        max: Math.min(1, most * 1.5),
        scale: 'log',
        format: (value) => `${Number((value * 100).toPrecision(1))} %`,
      },
      [
        line('a player with a fixed delay', 'second', fixedDelay),
        line('the same, using copies', 'third', fixedDelayWithCopies),
        line(bound, 'main', lowerBound),
      ],
      [{ label: 'this run', x: run.delayMs, y: Math.max(floor, run.concealedRatio) }],
    ),
  );
}

const INPUTS = [
  ['delayMs', 'mouth to ear, ms', 0, 2000],
  ['lossPercent', 'made up, %', 0, 100],
  ['burstRatio', 'BurstR', 1, 100],
  ['ie', 'Ie (a guess)', 0, 95],
  ['bpl', 'Bpl (a guess)', 0.1, 100],
] as const;

/** The E-model's estimate, with all it takes open to change. */
export function qualitySection({ report }: CallData): HTMLElement {
  const { inputs, assumed } = report.quality;
  const values: Record<(typeof INPUTS)[number][0], number> = {
    delayMs: inputs.delayMs,
    lossPercent: inputs.lossRatio * 100,
    burstRatio: inputs.burstRatio,
    ie: assumed.ie,
    bpl: assumed.bpl,
  };
  const result = element('output', { class: 'figure', id: 'e-model-result' });
  const show = (): void => {
    const { lossPercent, ...others } = values;
    const { r, mos } = eModelEstimate({ ...others, lossRatio: lossPercent / 100 });
    result.textContent = `R ${round(r, 1)} · MOS ${round(mos, 2)}`;
  };
  show();
  const fields = INPUTS.map(([name, label, min, max]) => {
    const input = element('input', {
      type: 'number',
      name,
      step: 'any',
      min: String(min),
      max: String(max),
      value: String(Number(values[name].toFixed(2))),
    });
    input.addEventListener('input', () => {
      if (!input.validity.valid || input.value === '') return;
      values[name] = input.valueAsNumber;
      show();
    });
    return element('label', { class: 'field' }, label, input);
  });
  return section(
    'quality',
    'Estimate for a listener',
    'E-model, ITU-T G.107',
    result,
    element('div', { class: 'fields' }, ...fields),
    element(
      'p',
      { class: 'caption' },
      `An estimate on the scale of narrowband telephony. The ITU has published no Ie and Bpl for Opus: both are guesses, to be set to what you hold right. The delay is ${round(inputs.delayMs - assumed.transitMs - assumed.codecMs, 1)} ms measured over the fastest packet, ${round(assumed.codecMs, 1)} ms of codec and ${assumed.transitMs} ms assumed for the fastest packet itself.`,
    ),
  );
}

/** Counters by the names of W3C webrtc-stats. */
export function countersSection({ report }: CallData): HTMLElement {
  return section(
    'counters',
    'Counters',
    'names of W3C webrtc-stats, times in seconds',
    facts(
      Object.entries(report.webrtcStats).map(([name, value]) => [
        name,
        Number.isInteger(value) ? count(value) : round(value, 4),
      ]),
    ),
  );
}

/** All that makes this page again. */
export function reproduceSection({ report, command }: CallData): HTMLElement {
  const { versions, capture, config } = report;
  const copy = element('button', { type: 'button', class: 'quiet screen-only' }, 'Copy');
  copy.addEventListener('click', () => {
    navigator.clipboard?.writeText(command).then(
      () => {
        copy.textContent = 'Copied';
      },
      () => {
        copy.textContent = 'Copying was refused';
      },
    );
  });
  const { stream } = capture;
  const ports =
    stream.sourcePort === undefined
      ? []
      : [['UDP ports', `${stream.sourcePort} → ${stream.destinationPort}`] as const];
  const { speech } = report;
  const spoken =
    speech === undefined
      ? []
      : [
          [
            'speech in place of payloads',
            `${speech.speech}, ${speech.frameMs} ms, FEC ${speech.fec}`,
          ] as const,
        ];
  return section(
    'reproduce',
    'To do it again',
    'the same bytes and options give the same report, but for cost',
    element('div', { class: 'command' }, element('code', {}, command), copy),
    table(
      'Versions and hashes',
      ['', ''],
      [
        ['Earshot', versions.earshot],
        ['Opus', versions.libopus],
        ['engine, SHA-256', element('code', {}, versions.engineSha256)],
        ['capture, SHA-256', element('code', {}, versions.captureSha256)],
        ['capture', `${capture.format}, ${count(capture.records)} records`],
        ['stream', `SSRC ${stream.ssrc}, ${count(stream.packets)} packets`],
        [
          'codecs',
          Object.entries(stream.codecs)
            .map(([type, name]) => `${type} = ${name}`)
            .join(', '),
        ],
        ...spoken,
        ...ports,
        [
          'configuration',
          element(
            'code',
            {},
            Object.entries(config)
              .filter(([name, value]) => name !== 'codecs' && value !== undefined)
              .map(([name, value]) => `${name} ${value}`)
              .join(', '),
          ),
        ],
      ],
    ),
  );
}
