import type { Transcript, Utterance } from './transcript.js';

// Below this share of real audio a word is marked: a fifth of it was made up.
const HEARD_ENOUGH_RATIO = 0.8;

/** Keeps the list of finals and of partials on the page in step with the transcript. */
export class TranscriptView {
  readonly #scroller: HTMLElement;
  readonly #finals: HTMLElement;
  readonly #partials: HTMLElement;
  readonly #rows = new Map<string, HTMLElement>();
  #hasFaint = false;

  constructor(scroller: HTMLElement, finals: HTMLElement, partials: HTMLElement) {
    this.#scroller = scroller;
    this.#finals = finals;
    this.#partials = partials;
  }

  /** Whether a word was marked as partly lost since the page was opened. */
  get hasFaint(): boolean {
    return this.#hasFaint;
  }

  render(transcript: Transcript, speakerOf: (participant: string) => string | undefined): void {
    const scroller = this.#scroller;
    const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
    const finals = transcript.finals;
    const kept = new Set(finals.map((said) => said.key));
    for (const [key, row] of this.#rows) {
      if (kept.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
    }
    // A final stays as it was first written, so that a screen reader reads it once.
    for (const said of finals) {
      if (this.#rows.has(said.key)) continue;
      const row = this.#row(said, speakerOf(said.participant));
      this.#rows.set(said.key, row);
      this.#finals.append(row);
    }
    this.#partials.replaceChildren(
      ...transcript.partials.map((said) => this.#row(said, speakerOf(said.participant))),
    );
    // Follows the newest words unless the person has scrolled back to read.
    if (atEnd) scroller.scrollTop = scroller.scrollHeight;
  }

  #row(said: Utterance, speaker: string | undefined): HTMLElement {
    const row = document.createElement('li');
    row.dataset.final = String(said.final);
    if (speaker !== undefined) row.append(element('span', 'speaker', speaker), ' ');
    if (said.words.length === 0) {
      row.append(said.text);
      return row;
    }
    for (const [index, word] of said.words.entries()) {
      if (index > 0) row.append(' ');
      if (word.heardRatio >= HEARD_ENOUGH_RATIO) {
        row.append(word.text);
        continue;
      }
      this.#hasFaint = true;
      const faint = element('span', 'faint-word', word.text);
      const heardPercent = Math.round(word.heardRatio * 100);
      faint.title = `${heardPercent} % of this word's audio was heard, the rest was lost`;
      row.append(faint);
    }
    return row;
  }
}

function element(tag: 'span', className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}
