/** A subcommand; each lives in a file of its own and is loaded only when asked for. */
export interface Command {
  readonly help: string;
  /** What it does when nobody reads its stdout any more. @defaultValue 'ends' */
  readonly unread?: 'ends' | 'goes on';
  /** @returns the exit code */
  run(words: readonly string[]): Promise<number>;
}
