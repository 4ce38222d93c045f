import { basename } from 'node:path';
import { plain } from './say.js';

const CELLS = 24;

/** A line that shows how far a long job is; nothing where the stream is no terminal. */
export class ProgressBar {
  readonly #stream: NodeJS.WriteStream;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  show(done: number, total: number, at: string): void {
    if (!this.#stream.isTTY) return;
    const filled = Math.round((CELLS * done) / Math.max(1, total));
    const bar = '#'.repeat(filled).padEnd(CELLS, '.');
    const text = `[${bar}] ${done}/${total} ${plain(basename(at))}`;
    this.#stream.write(`\r${text.slice(0, this.#stream.columns - 1)}\u001b[K`);
  }

  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }
}
