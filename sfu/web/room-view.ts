import type { FrameNote, RoomEvent } from 'earshot/sfu';
import { LedgerView } from './ledger-view.js';
import { Participants } from './participants.js';
import { Picture } from './picture.js';
import { PROVENANCE_ORDER, PROVENANCE_STYLES, type Provenance } from './provenance.js';
import { Transcript } from './transcript.js';
import { TranscriptView } from './transcript-view.js';

/** The parts of the page that show the room. */
export interface RoomElements {
  readonly words: HTMLElement;
  readonly finals: HTMLElement;
  readonly partials: HTMLElement;
  readonly faintKey: HTMLElement;
  readonly lesson: HTMLElement;
  readonly notice: HTMLElement;
  readonly recognizer: HTMLElement;
  readonly speakers: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly caption: HTMLElement;
  readonly legend: HTMLElement;
  readonly ledger: HTMLElement;
  readonly ledgerTotal: HTMLElement;
  readonly ledgerNote: HTMLElement;
  readonly counters: HTMLElement;
}

const NO_WORDS =
  'No recognizer was found, so this server shows speech but writes no words. To get words, install one where the server runs: sudo apt-get install -y libpocketsphinx3 pocketsphinx-en-us, then start the server again.';
const TEXT_EVERY_MS = 500;

/** Draws everything the room's events tell; knows nothing of calls and connections. */
export class RoomView {
  readonly #on: RoomElements;
  readonly #participants = new Participants();
  readonly #transcript = new Transcript();
  readonly #transcriptView: TranscriptView;
  readonly #picture: Picture;
  readonly #ledgerView: LedgerView;
  readonly #legendShares = new Map<Provenance, { row: HTMLElement; share: HTMLElement }>();
  #droppedEvents = 0;
  #textsDueMs = 0;
  /** Media time the picture and its texts show, or NaN when they have to be made anew. */
  #drawnEdgeMs = Number.NaN;
  #writtenEdgeMs = Number.NaN;

  constructor(on: RoomElements) {
    this.#on = on;
    this.#transcriptView = new TranscriptView(on.words, on.finals, on.partials);
    this.#picture = new Picture(on.canvas);
    this.#ledgerView = new LedgerView(on.ledger, on.ledgerTotal, on.ledgerNote);
    this.#ledgerView.clear();
    this.#buildLegend();
    this.#renderCounters();
    this.refit();
  }

  /** Empties the page for another room. */
  clear(): void {
    this.#participants.clear();
    this.#transcript.clear();
    this.#ledgerView.clear();
    this.#droppedEvents = 0;
    this.#renderTranscript();
    this.#renderPeople();
    this.#renderCounters();
    this.refit();
  }

  /** The server tells the room from its beginning: whoever left while the page was away is not among those it names. */
  beginAnew(): void {
    this.#participants.forgetPresence();
    this.#transcript.forgetPartials();
    this.#renderTranscript();
    this.#renderPeople();
  }

  /** Shows the audio of this participant, once it is there. */
  show(participant: string): void {
    this.#participants.get(participant);
    this.#participants.show(participant);
    this.#renderPeople();
  }

  /** The canvas's size or the theme has changed. */
  refit(): void {
    this.#picture.refit();
    this.#drawnEdgeMs = Number.NaN;
    this.draw(performance.now());
  }

  take(event: RoomEvent, pageMs: number): void {
    if (event.type === 'dropped') {
      this.#droppedEvents += event.events;
      this.#renderCounters();
      return;
    }
    const one = this.#participants.get(event.participant);
    switch (event.type) {
      case 'participant-joined':
        this.#participants.join(event.participant).recognizer = event.recognizer;
        this.#renderPeople();
        break;
      case 'participant-left':
        this.#participants.leave(event.participant);
        this.#transcript.forgetPartial(event.participant);
        this.#renderTranscript();
        this.#renderPeople();
        break;
      case 'frames':
        one.history.push(event.frames);
        one.clock.heard(one.history.endMs, pageMs);
        if (one === this.#participants.shown) this.#drawnEdgeMs = Number.NaN;
        break;
      case 'speech':
        one.speaking = event.state === 'start';
        this.#renderPeople();
        break;
      case 'transcript':
        // Words again: it was opened anew.
        if (one.failure !== undefined) {
          one.failure = undefined;
          this.#renderPeople();
        }
        this.#transcript.take(event);
        this.#renderTranscript();
        break;
      case 'stats':
        one.stats = event;
        if (one === this.#participants.shown) this.#renderStats();
        break;
      case 'recognizer-failed':
        one.failure = event.message;
        this.#renderPeople();
        break;
    }
  }

  /** Draws the picture of this moment; does nothing when it would be the picture already there. */
  draw(pageMs: number): void {
    const shown = this.#participants.shown;
    const edgeMs = shown?.clock.edgeMs(pageMs) ?? 0;
    const frames = shown?.history.frames ?? [];
    if (edgeMs !== this.#drawnEdgeMs) {
      this.#drawnEdgeMs = edgeMs;
      this.#writtenEdgeMs = Number.NaN;
      const deadlineMs = shown?.stats?.deadlineMs ?? shown?.stats?.budgetMs ?? 150;
      this.#picture.draw({ frames, edgeMs, deadlineMs });
    }
    if (edgeMs === this.#writtenEdgeMs || pageMs < this.#textsDueMs) return;
    this.#writtenEdgeMs = edgeMs;
    this.#textsDueMs = pageMs + TEXT_EVERY_MS;
    const fromMs = edgeMs - this.#picture.windowMs;
    this.#renderShares(frames.filter((frame) => frame.startMs >= fromMs && frame.startMs < edgeMs));
  }

  #renderTranscript(): void {
    const several = this.#participants.present.length > 1;
    this.#transcriptView.render(this.#transcript, (id) =>
      several ? this.#participants.get(id).label : undefined,
    );
    this.#on.faintKey.hidden = !this.#transcriptView.hasFaint;
    if (this.#transcript.finals.length + this.#transcript.partials.length > 0) {
      this.#on.lesson.hidden = true;
    }
  }

  #renderPeople(): void {
    const { speakers, recognizer, notice } = this.#on;
    const present = this.#participants.present;
    const shown = this.#participants.shown;
    speakers.hidden = present.length < 2;
    speakers.replaceChildren(
      ...present.map((one) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = one.label;
        button.setAttribute('aria-pressed', String(one === shown));
        button.dataset.speaking = String(one.speaking);
        button.addEventListener('click', () => this.show(one.id));
        return button;
      }),
    );
    const name = shown?.recognizer;
    recognizer.textContent =
      name === undefined ? '' : `${name}${shown?.speaking === true ? ' · speech' : ''}`;
    const failure = shown?.failure;
    const line =
      failure !== undefined
        ? `The recognizer failed: ${failure}`
        : name === 'activity'
          ? NO_WORDS
          : '';
    notice.hidden = line === '';
    // An alert is read again when its text is set again.
    if (notice.textContent !== line) notice.textContent = line;
    this.#drawnEdgeMs = Number.NaN;
    this.#renderStats();
  }

  #renderStats(): void {
    const stats = this.#participants.shown?.stats;
    if (stats === undefined) this.#ledgerView.clear();
    else this.#ledgerView.render(stats);
    this.#renderCounters();
  }

  #renderCounters(): void {
    const stats = this.#participants.shown?.stats;
    const packets = stats?.packets;
    const rows: readonly (readonly [string, string])[] = [
      ['Received', count(packets?.received)],
      ['Lost', count(packets?.lost)],
      ['Late', count(packets?.late)],
      ['Duplicate', count(packets?.duplicate)],
      ['Concealed', stats === undefined ? '–' : `${(stats.concealedRatio * 100).toFixed(1)} %`],
    ];
    const dropped: readonly (readonly [string, string])[] =
      this.#droppedEvents === 0 ? [] : [['Events missed by this page', count(this.#droppedEvents)]];
    this.#on.counters.replaceChildren(
      ...[...rows, ...dropped].map(([name, value]) => {
        const pair = document.createElement('div');
        const term = document.createElement('dt');
        const detail = document.createElement('dd');
        term.textContent = name;
        detail.textContent = value;
        pair.append(term, detail);
        return pair;
      }),
    );
  }

  #buildLegend(): void {
    for (const provenance of PROVENANCE_ORDER) {
      const { label, meaning } = PROVENANCE_STYLES[provenance];
      const row = document.createElement('li');
      const swatch = document.createElement('i');
      swatch.className = `swatch ${provenance}`;
      swatch.setAttribute('aria-hidden', 'true');
      const share = document.createElement('span');
      share.className = 'share';
      row.title = meaning;
      row.append(swatch, label, ' ', share);
      this.#legendShares.set(provenance, { row, share });
      this.#on.legend.append(row);
    }
  }

  #renderShares(frames: readonly FrameNote[]): void {
    const durationMs = new Map<Provenance, number>();
    let totalMs = 0;
    for (const { provenance, durationMs: lengthMs } of frames) {
      durationMs.set(provenance, (durationMs.get(provenance) ?? 0) + lengthMs);
      totalMs += lengthMs;
    }
    for (const [provenance, { row, share }] of this.#legendShares) {
      const ratio = totalMs === 0 ? 0 : (durationMs.get(provenance) ?? 0) / totalMs;
      row.dataset.seen = String(ratio > 0);
      share.textContent = ratio > 0 ? `${(ratio * 100).toFixed(ratio < 0.0995 ? 1 : 0)} %` : '';
    }
    this.#on.caption.textContent = captionOf(frames, this.#picture.windowMs);
  }
}

function captionOf(frames: readonly FrameNote[], spanMs: number): string {
  if (frames.length === 0) return 'Nothing has been heard yet.';
  const latencies = frames.map((frame) => frame.latencyMs).sort((a, b) => a - b);
  const at = (share: number): string =>
    (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * share))] ?? 0).toFixed(
      0,
    );
  return `The last ${spanMs / 1000} s, over the fastest packet's way: half of the audio came within ${at(0.5)} ms, 95 % within ${at(0.95)} ms, the slowest after ${at(1)} ms.`;
}

function count(value: number | undefined): string {
  return value === undefined ? '–' : value.toLocaleString('en');
}
