import type { RoomEvent } from '../room-events.js';
import type { Paint } from './terminal.js';

/** Where words are printed. */
export interface WordOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const CLEAR_LINE = '\r\u001b[K';

/** Prints each utterance as a line when it is final; on a terminal also what is being said, on the line below. */
export class WordPrinter {
  readonly #out: WordOutput;
  readonly #paint: Paint;
  #showsPartial = false;

  constructor(out: WordOutput, paint: Paint) {
    this.#out = out;
    this.#paint = paint;
  }

  take(event: RoomEvent): void {
    if (event.type === 'recognizer-failed') this.#line('       ', event.message);
    if (event.type !== 'transcript') return;
    const from = this.#paint('dim', clockTime(event.startMs));
    if (event.final) {
      if (event.text !== '') this.#line(from, event.text);
    } else if (this.#out.isTTY === true) {
      const room = Math.max(10, (this.#out.columns ?? 80) - 12);
      const text = event.text.length > room ? `…${event.text.slice(1 - room)}` : event.text;
      this.#out.write(`${CLEAR_LINE}  ${from}  ${this.#paint('dim', text)}`);
      this.#showsPartial = true;
    }
  }

  #line(from: string, text: string): void {
    this.#out.write(`${this.#showsPartial ? CLEAR_LINE : ''}  ${from}  ${text}\n`);
    this.#showsPartial = false;
  }
}

function clockTime(mediaMs: number): string {
  const seconds = mediaMs / 1000;
  return `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}
