import type { RoomEvent, StagePercentiles } from 'earshot/sfu';

type StatsEvent = Extract<RoomEvent, { type: 'stats' }>;
const STAGE_MEANINGS: Readonly<Record<string, string>> = {
  capture: 'one Opus frame and the look-ahead of the codec',
  uplink: 'the sender and the network',
  engine: 'putting in order, waiting at a hole',
  decode: 'samples to the server',
  chunk: 'gathering what the recognizer takes',
};

/** The latency ledger: the median and the 95th percentile of every stage, stacked against the budget. */
export class LedgerView {
  readonly #root: HTMLElement;
  readonly #total: HTMLElement;
  readonly #note: HTMLElement;

  constructor(root: HTMLElement, total: HTMLElement, note: HTMLElement) {
    this.#root = root;
    this.#total = total;
    this.#note = note;
  }

  clear(): void {
    this.#total.textContent = '';
    this.#note.hidden = true;
    const hint = document.createElement('p');
    hint.className = 'empty';
    hint.textContent = 'Each stage between the microphone and the recognizer is timed here.';
    this.#root.replaceChildren(hint);
  }

  render({ ledger, budgetMs, measuredUplinkRatio }: StatsEvent): void {
    const stages = Object.entries(ledger).filter(([stage]) => stage !== 'total');
    const total = ledger.total;
    if (stages.length === 0 || total === undefined) return;
    const longestMs = Math.max(total.p95, sum(stages, 'p50'), sum(stages, 'p95'));
    const scaleMs = Math.max(budgetMs * 1.1, longestMs * 1.05);
    const within = total.p95 <= budgetMs;
    this.#total.replaceChildren(
      strong(`${ms(total.p95)} ms`),
      ` of ${ms(budgetMs)} ms at the 95th percentile, ${within ? 'within' : 'over'} the budget`,
    );
    this.#note.hidden = false;
    this.#note.textContent = noteOf(measuredUplinkRatio);
    this.#total.dataset.within = String(within);
    this.#root.replaceChildren(
      this.#bar('Median', 'p50', stages, total, budgetMs, scaleMs),
      this.#bar('95th percentile', 'p95', stages, total, budgetMs, scaleMs),
      table(stages, total),
    );
  }

  #bar(
    label: string,
    key: 'p50' | 'p95',
    stages: readonly [string, StagePercentiles][],
    total: StagePercentiles,
    budgetMs: number,
    scaleMs: number,
  ): HTMLElement {
    const row = document.createElement('div');
    row.className = 'bar-row';
    const name = document.createElement('span');
    name.textContent = label;
    const bar = document.createElement('div');
    bar.className = 'bar';
    bar.setAttribute('aria-hidden', 'true');
    for (const [index, [stage, times]] of stages.entries()) {
      const part = document.createElement('i');
      part.className = `stage stage-${index % 7}`;
      part.style.width = percent(times[key] / scaleMs);
      part.title = `${stage}: ${ms(times[key])} ms`;
      bar.append(part);
    }
    const budget = document.createElement('b');
    budget.className = 'budget';
    budget.style.left = percent(budgetMs / scaleMs);
    bar.append(budget);
    const value = document.createElement('span');
    value.className = 'bar-value';
    value.textContent = `${ms(total[key])} ms`;
    row.append(name, bar, value);
    return row;
  }
}

function noteOf(measuredUplinkRatio: number | undefined): string {
  const general =
    'The dashed line is the budget. Stages are measured one by one, so their percentiles need not add up to that of the whole.';
  if (measuredUplinkRatio === undefined || measuredUplinkRatio > 0.99) return general;
  const assumed = `${Math.round((1 - measuredUplinkRatio) * 100)} %`;
  return `${general} The sender’s clock is not known for ${assumed} of the audio: its uplink is an assumption, not a measurement.`;
}

function table(
  stages: readonly [string, StagePercentiles][],
  total: StagePercentiles,
): HTMLElement {
  const made = document.createElement('table');
  const head = made.createTHead().insertRow();
  for (const title of ['Stage', 'p50', 'p95', 'p99']) {
    const cell = document.createElement('th');
    cell.scope = 'col';
    cell.textContent = title;
    head.append(cell);
  }
  const body = made.createTBody();
  for (const [index, [stage, times]] of stages.entries()) {
    const row = body.insertRow();
    const name = document.createElement('th');
    name.scope = 'row';
    const swatch = document.createElement('i');
    swatch.className = `stage stage-${index % 7}`;
    name.append(swatch, stage);
    const meaning = STAGE_MEANINGS[stage];
    if (meaning !== undefined) {
      const small = document.createElement('small');
      small.textContent = meaning;
      name.append(' ', small);
    }
    row.append(name);
    times3(row, times);
  }
  const row = made.createTFoot().insertRow();
  const name = document.createElement('th');
  name.scope = 'row';
  name.textContent = 'total, ms';
  row.append(name);
  times3(row, total);
  return made;
}

function times3(row: HTMLTableRowElement, times: StagePercentiles): void {
  for (const value of [times.p50, times.p95, times.p99]) row.insertCell().textContent = ms(value);
}

function sum(stages: readonly [string, StagePercentiles][], key: 'p50' | 'p95'): number {
  return stages.reduce((total, [, times]) => total + times[key], 0);
}

function strong(text: string): HTMLElement {
  const made = document.createElement('strong');
  made.textContent = text;
  return made;
}

function percent(ratio: number): string {
  return `${Math.max(0, Math.min(1, ratio)) * 100}%`;
}

function ms(value: number): string {
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}
