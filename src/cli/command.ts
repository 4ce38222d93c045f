/** A subcommand; each lives in a file of its own and is loaded only when asked for. */
export interface Command {
  readonly help: string;
  /** @returns the exit code */
  run(words: readonly string[]): Promise<number>;
}
