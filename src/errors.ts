/** Stable codes of `EarshotError`; each one is a heading in the README's error list. */
export type EarshotErrorCode =
  | 'EARSHOT_BAD_OPTION'
  | 'EARSHOT_BAD_ARGUMENT'
  | 'EARSHOT_CLOSED'
  | 'EARSHOT_ADDON_MISSING'
  | 'EARSHOT_LIBOPUS_UNUSABLE'
  | 'EARSHOT_BAD_CAPTURE'
  | 'EARSHOT_NO_STREAM'
  | 'EARSHOT_WRITE_FAILED'
  | 'EARSHOT_RECOGNIZER_MISSING'
  | 'EARSHOT_RECOGNIZER_FAILED'
  | 'EARSHOT_LIMIT_REACHED';

/** Every error Earshot throws. Branch on `code`; `message` is for people and may change. */
export class EarshotError extends Error {
  override readonly name = 'EarshotError';
  readonly code: EarshotErrorCode;

  constructor(code: EarshotErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Throws unless `value` is a finite number in `[min, max]`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`, naming the range and the value
 */
export function checkRange(
  name: string,
  value: unknown,
  min: number,
  max: number,
): asserts value is number {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Expected ${name} to be a number in ${min}..${max}, got ${describe(value)}`,
  );
}

/**
 * Throws unless `value` is one of `allowed`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`, naming the choices and the value
 */
export function checkOneOf<T extends string | number>(
  name: string,
  value: unknown,
  allowed: readonly T[],
): asserts value is T {
  if (allowed.some((one) => one === value)) return;
  throw new EarshotError(
    'EARSHOT_BAD_OPTION',
    `Expected ${name} to be one of ${allowed.join(', ')}, got ${describe(value)}`,
  );
}

/**
 * Throws when `options` holds a name that is not in `allowed`: a misspelt option must not be ignored.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`, naming the unknown option and the known ones
 */
export function checkNames(what: string, options: object, allowed: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (allowed.includes(name)) continue;
    throw new EarshotError(
      'EARSHOT_BAD_OPTION',
      `Unknown option ${name} of ${what}; it takes ${allowed.join(', ')}`,
    );
  }
}

function describe(value: unknown): string {
  if (typeof value === 'string') return `${JSON.stringify(value.slice(0, 80))} (string)`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return `${String(value)} (${typeof value})`;
}
