/** What is written to a file or a pipe is as wide as this project's own lines. */
const WITHOUT_TERMINAL = 120;
const NARROWEST = 40;

/** Columns to write for: those that COLUMNS names, else the terminal's, 40 at least. */
export function terminalWidth(
  stream: Pick<NodeJS.WriteStream, 'columns'>,
  env: Readonly<Record<string, string | undefined>>,
): number {
  const { COLUMNS: named = '' } = env;
  // Without a terminal a stream has no columns; some terminals say 0.
  const columns = /^[1-9]\d{0,3}$/.test(named) ? Number(named) : stream.columns;
  return Math.max(NARROWEST, columns || WITHOUT_TERMINAL);
}
