/** The command line itself is wrong: exit code 2, where a job that failed exits with 1. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
