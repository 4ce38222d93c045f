import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Provenance } from '../src/index.js';
import type { SourceEnd } from './rtp-source.js';

/** What became of a packet; a label, so the set is closed. */
export type PacketOutcome =
  | 'received'
  | 'lost'
  | 'late'
  | 'duplicate'
  | 'reordered'
  | 'malformed'
  | 'other-payload'
  | 'on-probation'
  | 'overflow';

export interface Population {
  readonly rooms: number;
  readonly participants: number;
  readonly watchers: number;
}

/** Upper bounds of the latency buckets, seconds: fine around the 150 ms of the budget. */
const LATENCY_BUCKETS_SECONDS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.3, 0.5, 1, 2,
];

/** The server's Prometheus metrics: sums over all rooms; no label ever holds a name or an address. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 10 });
  readonly #packets: Counter<'outcome'>;
  readonly #audio: Counter<'provenance'>;
  readonly #stages: Histogram<'stage'>;
  readonly #sessionsStarted: Counter;
  readonly #sessionsEnded: Counter<'reason'>;
  readonly #refused: Counter<'status'>;
  readonly #packetsRequested: Counter;
  readonly #recognizerFailures: Counter;
  readonly #droppedEvents: Counter;
  readonly #rooms: Gauge;
  readonly #participants: Gauge;
  readonly #watchers: Gauge;

  constructor() {
    const registers = [this.#registry];
    this.#packets = new Counter({
      name: 'earshot_packets_total',
      help: 'RTP packets by what became of them',
      labelNames: ['outcome'],
      registers,
    });
    this.#audio = new Counter({
      name: 'earshot_audio_seconds_total',
      help: 'Audio handed to recognizers by what it was made of',
      labelNames: ['provenance'],
      registers,
    });
    this.#stages = new Histogram({
      name: 'earshot_latency_seconds',
      help: 'Latency ledger by stage; total is capture to recognizer',
      labelNames: ['stage'],
      buckets: LATENCY_BUCKETS_SECONDS,
      registers,
    });
    const counter = (name: string, help: string): Counter => new Counter({ name, help, registers });
    const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
    this.#sessionsStarted = counter('earshot_sessions_started_total', 'WHIP sessions opened');
    this.#sessionsEnded = new Counter({
      name: 'earshot_sessions_ended_total',
      help: 'WHIP sessions ended, by reason',
      labelNames: ['reason'],
      registers,
    });
    this.#refused = new Counter({
      name: 'earshot_requests_refused_total',
      help: 'Requests answered with an error, by status',
      labelNames: ['status'],
      registers,
    });
    this.#packetsRequested = counter(
      'earshot_packets_requested_total',
      'Packets that senders were asked for again (NACK)',
    );
    this.#recognizerFailures = counter(
      'earshot_recognizer_failures_total',
      'Recognizer sessions that broke or could not be opened',
    );
    this.#droppedEvents = counter(
      'earshot_events_dropped_total',
      'Room events dropped for slow watchers',
    );
    this.#rooms = gauge('earshot_rooms', 'Rooms open now');
    this.#participants = gauge('earshot_participants', 'Participants now');
    this.#watchers = gauge('earshot_watchers', 'Watchers now');
    this.#addProcessGauges(registers);
    this.#loopDelay.enable();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  packets(outcome: PacketOutcome, count: number): void {
    if (count > 0) this.#packets.inc({ outcome }, count);
  }

  audio(provenance: Provenance, durationMs: number): void {
    if (durationMs > 0) this.#audio.inc({ provenance }, durationMs / 1000);
  }

  latency(stage: string, durationUs: number): void {
    this.#stages.observe({ stage }, durationUs / 1e6);
  }

  sessionStarted(): void {
    this.#sessionsStarted.inc();
  }

  sessionEnded(reason: SourceEnd): void {
    this.#sessionsEnded.inc({ reason });
  }

  refused(status: number): void {
    this.#refused.inc({ status: String(status) });
  }

  packetsRequested(count: number): void {
    this.#packetsRequested.inc(count);
  }

  recognizerFailed(): void {
    this.#recognizerFailures.inc();
  }

  eventsDropped(count: number): void {
    this.#droppedEvents.inc(count);
  }

  population({ rooms, participants, watchers }: Population): void {
    this.#rooms.set(rooms);
    this.#participants.set(participants);
    this.#watchers.set(watchers);
  }

  close(): void {
    this.#loopDelay.disable();
    this.#registry.clear();
  }

  #addProcessGauges(registers: Registry[]): void {
    const loopDelay = this.#loopDelay;
    new Gauge({
      name: 'earshot_event_loop_delay_p99_seconds',
      help: 'How late timers ran since the last scrape',
      registers,
      collect() {
        this.set(loopDelay.percentile(99) / 1e9);
        loopDelay.reset();
      },
    });
    new Gauge({
      name: 'earshot_resident_memory_bytes',
      help: 'Resident memory of the process',
      registers,
      collect() {
        this.set(process.memoryUsage.rss());
      },
    });
  }
}
