import { type Finding, messageOf } from './doctor-finding.js';

/** What is used of mediasoup here; it is an optional peer, so its own types may not be installed. */
interface Mediasoup {
  readonly version: string;
  readonly workerBin: string;
  createWorker(settings: { readonly logLevel: 'none' }): Promise<{ close(): void }>;
}

const PATIENCE_MS = 5000;

/** Starts a worker and stops it: mediasoup without its worker binary installs and imports but carries nothing. */
export async function examineMediasoup(): Promise<Finding> {
  // In a variable, so that the compiler does not ask for a package that need not be there.
  const name: string = 'mediasoup';
  const mediasoup = await import(name).then(
    (module: Mediasoup) => module,
    () => undefined,
  );
  if (mediasoup === undefined) {
    return {
      name: 'mediasoup',
      state: 'absent',
      found:
        'not installed (not needed: calls come in by werift, a mediasoup backend is not built yet)',
      facts: { version: null, worker: null },
    };
  }
  const { version, workerBin } = mediasoup;
  try {
    const worker = await withPatience(mediasoup.createWorker({ logLevel: 'none' }));
    worker.close();
    return {
      name: 'mediasoup',
      state: 'ok',
      found: `${version}, its worker starts (no backend uses it yet)`,
      facts: { version, worker: workerBin },
    };
  } catch (error) {
    return {
      name: 'mediasoup',
      state: 'absent',
      found: `${version} is installed, its worker does not start: ${messageOf(error)}`,
      help: 'npm rebuild mediasoup, or set MEDIASOUP_WORKER_BIN to a worker of this version',
      facts: { version, worker: null },
    };
  }
}

async function withPatience<T>(started: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing for ${PATIENCE_MS} ms`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([started, late]);
  } finally {
    clearTimeout(timer);
  }
}
