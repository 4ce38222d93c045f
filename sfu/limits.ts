/** What one server takes; beyond it the answer is 503, or the oldest event is dropped. */
export interface Limits {
  readonly maxRooms: number;
  readonly maxParticipants: number;
  readonly maxParticipantsPerRoom: number;
  /** Peers that have not finished their handshake yet. */
  readonly maxConnecting: number;
  readonly maxWatchers: number;
  readonly maxWatchersPerRoom: number;
  /** Events that wait for one slow watcher before the oldest are dropped. */
  readonly watcherQueueEvents: number;
  /** Largest body of a request, bytes. */
  readonly bodyLimitBytes: number;
  /** How long a peer may take to finish ICE and DTLS, ms. */
  readonly connectTimeoutMs: number;
}

export interface LimitRange {
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

export const LIMIT_RANGES: Readonly<Record<keyof Limits, LimitRange>> = {
  maxRooms: { min: 1, max: 100_000, default: 100 },
  maxParticipants: { min: 1, max: 10_000, default: 100 },
  maxParticipantsPerRoom: { min: 1, max: 1000, default: 16 },
  maxConnecting: { min: 1, max: 1000, default: 32 },
  maxWatchers: { min: 1, max: 100_000, default: 200 },
  maxWatchersPerRoom: { min: 1, max: 10_000, default: 32 },
  watcherQueueEvents: { min: 1, max: 100_000, default: 256 },
  bodyLimitBytes: { min: 4096, max: 1_048_576, default: 65_536 },
  connectTimeoutMs: { min: 1000, max: 120_000, default: 15_000 },
};
