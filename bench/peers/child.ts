import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

type Handler = (argument: unknown) => unknown;
interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}
type Answer = { readonly id: number } & ({ readonly value: unknown } | { readonly error: string });
interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** A process of its own for a contender: its CPU can be told, and nobody else's timers hold it up. */
export class Child {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #questions = 0;

  /** @param module - compiled module that calls `answerParent` */
  constructor(module: URL) {
    this.#process = fork(module, [], { serialization: 'advanced' });
    this.#process.on('message', (message: Answer) => {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if ('error' in message) waiting?.reject(new Error(message.error));
      else waiting?.resolve(message.value);
    });
    this.#process.on('exit', (code, signal) => {
      const error = new Error(`The process ended early (${signal ?? code})`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /** @returns what the handler of that name returned; the caller knows its type */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    const question: Question = { id: this.#questions++, name, argument };
    return new Promise((resolve, reject) => {
      if (this.#process.exitCode !== null) return reject(new Error('The process has ended'));
      this.#waiting.set(question.id, { resolve: (value) => resolve(value as T), reject });
      this.#process.send(question);
    });
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill();
    await exit;
  }
}

/** Answers the questions of the parent process; runs in the child. */
export function answerParent(handlers: Readonly<Record<string, Handler>>): void {
  process.on('message', ({ id, name, argument }: Question) => {
    const work = async (): Promise<Answer> => {
      const handler = handlers[name];
      if (handler === undefined) throw new Error(`No answer to ${name}`);
      return { id, value: await handler(argument) };
    };
    work()
      .catch(
        (error: unknown): Answer => ({
          id,
          error: error instanceof Error ? error.message : String(error),
        }),
      )
      .then((answer) => process.send?.(answer));
  });
  process.on('disconnect', () => process.exit(0));
}
