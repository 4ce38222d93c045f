/** ENOENT and the like; empty for what is none of the system's. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A path as a message names it: an empty one must be seen too. */
export function named(path: string): string {
  return path === '' ? '""' : path;
}
