import { CELL_MS } from '../../analysis/cell-track.js';
import { type CallData, rangeOf } from './call-data.js';
import { CallStrip } from './call-strip.js';
import { DelayChart, GUTTER_PX, RIGHT_PX } from './delay-chart.js';
import { element, section } from './elements.js';
import { clock, duration, milliseconds, percent } from './format.js';
import type { HeardPlaces } from './heard-places.js';
import { Overview } from './overview.js';
import { PROVENANCE_ORDER, PROVENANCE_STYLES } from './provenance.js';
import { steer } from './steering.js';
import type { Theme } from './theme.js';
import type { View } from './view.js';

/** The call on its time line: delays, sound, provenance, packets, and an overview to go through it by. */
export class Timeline {
  readonly root: HTMLElement;
  readonly #view: View;
  readonly #data: CallData;
  readonly #chart: DelayChart;
  readonly #strip: CallStrip;
  readonly #overview: Overview;
  readonly #stage: HTMLElement;
  readonly #cursor: HTMLElement;
  readonly #playhead: HTMLElement;
  readonly #reading: HTMLElement;
  #isDue = false;

  /**
   * @param transport - the buttons that play
   * @param listen - a place was chosen by a click
   * @param toggle - the space bar
   */
  constructor(
    data: CallData,
    view: View,
    heard: HeardPlaces,
    actions: {
      readonly transport: HTMLElement;
      readonly listen: () => void;
      readonly toggle: () => void;
    },
  ) {
    this.#data = data;
    this.#view = view;
    const chartHost = element('div', { class: 'chart' });
    const canvas = element('canvas', { class: 'strip' });
    const overviewCanvas = element('canvas', { class: 'overview', 'aria-hidden': 'true' });
    this.#cursor = element('div', { class: 'cursor' });
    this.#playhead = element('div', { class: 'playhead', hidden: '' });
    this.#reading = element('p', { class: 'reading', 'aria-live': 'polite' });
    this.#stage = element(
      'div',
      {
        id: 'stage',
        class: 'stage-box',
        tabindex: '0',
        role: 'slider',
        'aria-label': 'Place in the call',
        'aria-valuemin': '0',
        'aria-valuemax': String(Math.round(view.durationMs / 1000)),
        'aria-describedby': 'keys',
      },
      chartHost,
      canvas,
      this.#cursor,
      this.#playhead,
    );
    this.#chart = new DelayChart(chartHost, data, view);
    this.#strip = new CallStrip(canvas, data, view, heard);
    this.#overview = new Overview(overviewCanvas, data, view);
    steer(this.#stage, view, {
      gutterPx: GUTTER_PX,
      rightPx: RIGHT_PX,
      listen: actions.listen,
      toggle: actions.toggle,
      places: data.moments.map(({ startMs }) => startMs).sort((a, b) => a - b),
    });
    view.onChange(() => this.#askForDraw());
    this.root = section(
      'timeline',
      'The call',
      data.timeLine === 'listener'
        ? 'by the listener’s time, from the first packet'
        : 'by the sender’s time, from the first packet',
      this.#toolbar(actions.transport),
      chartKey(data),
      element('p', { class: 'caption', id: 'lines' }, linesOf(data)),
      this.#stage,
      overviewCanvas,
      this.#reading,
      legend(data),
      resolution(data),
      element(
        'p',
        { id: 'keys', class: 'caption screen-only for-mouse' },
        'Click to hear that place. Drag to move, pinch or Ctrl + wheel to zoom (the wheel alone once the picture has the focus). Keys: ← → move, + − zoom, Home End, 0 all, N P next and previous bad moment, space plays.',
      ),
      element(
        'p',
        { class: 'caption screen-only for-touch' },
        'Tap to hear that place. Drag to move, two fingers to zoom.',
      ),
    );
  }

  refit(theme: Theme): void {
    this.#chart.refit(theme);
    this.#strip.refit(theme);
    this.#overview.refit(theme);
    this.#draw();
  }

  /** @param atMs - where sound is playing; `undefined` while none is */
  showPlayhead(atMs: number | undefined): void {
    this.#playhead.hidden = atMs === undefined;
    if (atMs === undefined) return;
    const { fromMs, toMs, spanMs } = this.#view;
    if (atMs > toMs || atMs < fromMs) this.#view.show(atMs - spanMs * 0.05, atMs + spanMs * 0.95);
    this.#place(this.#playhead, atMs);
  }

  #toolbar(transport: HTMLElement): HTMLElement {
    const button = (text: string, label: string, act: () => void): HTMLButtonElement => {
      const made = element('button', { type: 'button', class: 'quiet', 'aria-label': label }, text);
      made.addEventListener('click', act);
      return made;
    };
    const middleMs = (): number => (this.#view.fromMs + this.#view.toMs) / 2;
    return element(
      'div',
      { class: 'toolbar screen-only' },
      transport,
      element(
        'div',
        { class: 'zoom', role: 'group', 'aria-label': 'Zoom' },
        button('−', 'Zoom out', () => this.#view.zoom(2, middleMs())),
        button('+', 'Zoom in', () => this.#view.zoom(0.5, middleMs())),
        button('All', 'Show the whole call', () => this.#view.showAll()),
      ),
    );
  }

  #askForDraw(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    this.#chart.draw();
    this.#strip.draw();
    this.#overview.draw();
    this.#place(this.#cursor, this.#view.cursorMs);
    const text = this.#describe(this.#view.cursorMs);
    this.#reading.textContent = text;
    this.#stage.setAttribute('aria-valuenow', String(Math.round(this.#view.cursorMs / 1000)));
    this.#stage.setAttribute('aria-valuetext', text);
  }

  #place(mark: HTMLElement, atMs: number): void {
    const share = (atMs - this.#view.fromMs) / this.#view.spanMs;
    const plotPx = this.#stage.clientWidth - GUTTER_PX - RIGHT_PX;
    mark.style.transform = `translateX(${GUTTER_PX + share * plotPx}px)`;
    mark.style.visibility = share < 0 || share > 1 ? 'hidden' : 'visible';
  }

  #describe(atMs: number): string {
    const { first, final, series, fateRuns, timeLine } = this.#data;
    const cell = Math.floor(atMs / CELL_MS);
    const label = (kind: number | undefined): string => {
      const name = PROVENANCE_ORDER[kind ?? -1];
      return name === undefined ? 'Nothing' : PROVENANCE_STYLES[name].label;
    };
    const parts = [clock(atMs), label(first.at(cell))];
    if (final.at(cell) !== first.at(cell)) parts[1] += `, repaired later: ${label(final.at(cell))}`;
    const value = (name: keyof typeof series): string | undefined => {
      const one = series[name] && rangeOf(series[name], atMs, atMs + 1);
      return one && `${milliseconds(one.high)} ms`;
    };
    const delay = value('latency');
    if (delay !== undefined) parts.push(`delay ${delay}`);
    const target = value('target');
    if (target !== undefined) parts.push(`aimed at ${target}`);
    const buffer = value('buffer');
    if (buffer !== undefined) parts.push(`buffered ${buffer}`);
    const network = value('network');
    if (network !== undefined) parts.push(`network ${network}`);
    if (timeLine === 'sender' && fateRuns.at(cell) === 1) parts.push('packet came too late');
    if (timeLine === 'sender' && fateRuns.at(cell) === 2) parts.push('packet lost');
    return parts.join(' · ');
  }
}

/** What the lines of the chart are. */
function chartKey({ timeLine }: CallData): HTMLElement {
  const entries: readonly (readonly [name: string, text: string, over: string])[] =
    timeLine === 'listener'
      ? [
          ['delay', 'delay heard', ENGINES_LINE],
          ['target', 'delay aimed at', ENGINES_LINE],
          ['buffer', 'audio in the buffer', 'that has come and is not heard yet'],
          ['network', 'packets on the way', HINDSIGHTS_LINE],
        ]
      : [
          ['delay', 'frames handed out', ENGINES_LINE],
          ['network', 'packets on the way', HINDSIGHTS_LINE],
        ];
  return element(
    'ul',
    { class: 'legend lines' },
    ...entries.map(([name, text, over]) =>
      element(
        'li',
        { title: `${text}: ${over}` },
        element('span', { class: `line ${name}`, 'aria-hidden': 'true' }),
        text,
      ),
    ),
  );
}

const ENGINES_LINE = 'over the minimum-delay line as the engine knew it at that moment';
const HINDSIGHTS_LINE = 'over the fastest path as it is known in hindsight';

/** What delays are counted from. */
function linesOf({ timeLine }: CallData): string {
  const audio = timeLine === 'listener' ? 'What is heard' : 'Frames';
  return `${audio}: ${ENGINES_LINE}. Packets: ${HINDSIGHTS_LINE}. The two part at the beginning of a call and where the path shifts, until the engine has learnt of it.`;
}

/** How coarsely a long call is drawn, and what holds all the same; a call that is drawn as it was says nothing. */
function resolution({
  series,
  level,
  gatheredMs,
  audio,
  detail,
}: CallData): HTMLElement | undefined {
  if (detail === 'full') return undefined;
  const binMs = Math.max(...Object.values(series).map((one) => one.binMs));
  const parts = [
    `This is a long call: delays are told by the least and the greatest of every ${duration(binMs)}, sound by the loudest of every ${duration(level.binMs)}. No peak is left out.`,
    gatheredMs === 0
      ? 'Every loss and repair is where it was.'
      : `Losses and repairs are all there, but where no sound is kept their order within ${duration(gatheredMs)} is not.`,
    audio.leftOutMs === 0 ? '' : 'The line below the sound shows what can be heard.',
  ];
  return element('p', { class: 'caption', id: 'resolution' }, parts.join(' ').trim());
}

function legend({ report: { recovery } }: CallData): HTMLElement {
  const shown = PROVENANCE_ORDER.filter((name) => recovery[name].ms > 0);
  return element(
    'ul',
    { class: 'legend' },
    ...shown.map((name) =>
      element(
        'li',
        { title: PROVENANCE_STYLES[name].meaning },
        element('span', { class: `swatch ${name}`, 'aria-hidden': 'true' }),
        PROVENANCE_STYLES[name].label,
        element('span', { class: 'share' }, percent(recovery[name].shareRatio)),
      ),
    ),
    element(
      'li',
      {},
      element('span', { class: 'tick late', 'aria-hidden': 'true' }),
      'packet late (above)',
    ),
    element(
      'li',
      {},
      element('span', { class: 'tick lost', 'aria-hidden': 'true' }),
      'packet lost (below)',
    ),
  );
}
