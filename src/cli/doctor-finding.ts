/** One thing the doctor looked at. */
export interface Finding {
  readonly name: string;
  /** `absent` is for things that are optional and not there; `failed` for what is there or is needed and does not work. */
  readonly state: 'ok' | 'absent' | 'failed';
  /** One line: what was found. */
  readonly found: string;
  /** The command or option that helps. */
  readonly help?: string;
  /** The same for programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
