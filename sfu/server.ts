import websocket from '@fastify/websocket';
import { systemClock } from '../src/index.js';
import { createAuthorizer } from './auth.js';
import { resolveSfuConfig, type SfuOptions } from './config.js';
import { createHttpApp } from './http-app.js';
import { checkMediaAddress } from './media-address.js';
import { Metrics } from './metrics.js';
import { OpenSockets } from './open-sockets.js';
import { addOperationRoutes } from './operation-routes.js';
import { addPage } from './page.js';
import { Participant } from './participant.js';
import { openRecognizer } from './recognizer-choice.js';
import { Rooms } from './rooms.js';
import { SpeechStream } from './speech-stream.js';
import { addWatchRoutes } from './watch-routes.js';
import { createWeriftBackend } from './werift-source.js';
import { addWhipRoutes } from './whip.js';
import { WhipSessions } from './whip-sessions.js';

/** A running server. */
export interface SfuServer {
  /** Where the page is, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly port: number;
  /** Name of the recognizer in use. */
  readonly recognizer: string;
  /** One line on how to get words; undefined when the recognizer gives them. */
  readonly advice: string | undefined;
  /** Refuses new sessions, ends the others, and frees everything; idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Watchers send nothing, so a WebSocket message of theirs needs no room. */
const MAX_WATCHER_MESSAGE_BYTES = 1024;

/**
 * Starts an SFU: WHIP in, words out over SSE and WebSocket, the page at `/`.
 *
 * @throws {EarshotError} `EARSHOT_BAD_OPTION`, for a media address that is not this machine's too;
 *   `EARSHOT_RECOGNIZER_MISSING` for a recognizer that is not there
 */
export async function createServer(options: SfuOptions = {}): Promise<SfuServer> {
  const config = resolveSfuConfig(options);
  await checkMediaAddress(config.media);
  const { recognizer, advice, closeRecognizer } = await openRecognizer(
    config.recognizer,
    config.language,
  );
  const metrics = new Metrics();
  const backend = createWeriftBackend({
    media: config.media,
    connectTimeoutMs: config.limits.connectTimeoutMs,
    clock: systemClock,
  });
  const rooms = new Rooms(config.limits, metrics);
  const sessions = new WhipSessions(
    rooms,
    config.limits,
    (room) =>
      new Participant({
        backend,
        recognizerName: recognizer.name,
        metrics,
        publish: (event) => room.publish(event),
        openStream: (participant, terms) =>
          new SpeechStream({
            participant,
            recognizer,
            language: config.language,
            deadlineMs: config.deadlineMs,
            budgetMs: config.budgetMs,
            metrics,
            clock: systemClock,
            publish: (event) => room.publish(event),
            terms,
          }),
        left: (participant) => rooms.leave(room, participant),
      }),
  );

  const app = createHttpApp(config, metrics);
  const sockets = new OpenSockets(app);
  const authorizer = createAuthorizer(config.tokens);
  await app.register(websocket, {
    options: { maxPayload: MAX_WATCHER_MESSAGE_BYTES },
    errorHandler: (_error, socket) => socket.terminate(),
  });
  addWhipRoutes(app, { rooms, sessions, authorizer });
  addWatchRoutes(app, rooms, authorizer);
  addOperationRoutes(app, { rooms, metrics, authorizer });
  addPage(app);

  const free = async (): Promise<void> => {
    await rooms.close();
    await backend.close();
    sockets.destroyAll();
    await app.close();
    await closeRecognizer();
    metrics.close();
  };
  try {
    await app.listen({
      host: config.host,
      port: config.port,
      listenTextResolver: () => 'listening',
    });
  } catch (error) {
    await free();
    throw error;
  }
  const [bound] = app.addresses();
  const port = typeof bound === 'object' ? bound.port : config.port;
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= free();
    return closing;
  };
  return {
    url: urlOf(config.host, port),
    port,
    recognizer: recognizer.name,
    advice,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function urlOf(host: string, port: number): string {
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
