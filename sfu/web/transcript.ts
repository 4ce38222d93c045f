import type { RoomEvent, TranscriptWord } from 'earshot/sfu';

type TranscriptEvent = Extract<RoomEvent, { type: 'transcript' }>;

export interface Utterance {
  readonly key: string;
  readonly participant: string;
  readonly text: string;
  readonly words: readonly TranscriptWord[];
  readonly final: boolean;
}

const KEEP_FINALS = 200;

/** What was said in the room: a partial is replaced by the next one and by its final. */
export class Transcript {
  readonly #finals = new Map<string, Utterance>();
  readonly #partials = new Map<string, Utterance>();

  /** In the order in which they became final, oldest first. */
  get finals(): readonly Utterance[] {
    return [...this.#finals.values()];
  }

  get partials(): readonly Utterance[] {
    return [...this.#partials.values()];
  }

  take(event: TranscriptEvent): void {
    const { participant, utterance, text, words, final } = event;
    const key = `${participant} ${utterance}`;
    const said = { key, participant, text, words, final };
    if (!final) {
      // A partial that was overtaken by its final says nothing new.
      if (this.#finals.has(key)) return;
      if (text === '') this.#partials.delete(participant);
      else this.#partials.set(participant, said);
      return;
    }
    this.#partials.delete(participant);
    if (text === '') return;
    this.#finals.set(key, said);
    for (const oldest of this.#finals.keys()) {
      if (this.#finals.size <= KEEP_FINALS) break;
      this.#finals.delete(oldest);
    }
  }

  forgetPartial(participant: string): void {
    this.#partials.delete(participant);
  }

  forgetPartials(): void {
    this.#partials.clear();
  }

  clear(): void {
    this.#finals.clear();
    this.#partials.clear();
  }
}
