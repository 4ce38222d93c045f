import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import type { Authorizer } from './auth.js';
import { HttpProblem } from './problem.js';
import type { RoomEvent } from './room-events.js';
import { checkRoomName, type Rooms } from './rooms.js';
import type { EventSink } from './watcher.js';

interface RoomParams {
  readonly Params: { readonly room: string };
}

const HEARTBEAT_MS = 15_000;
/** Bytes a WebSocket may hold back before its watcher counts as slow. */
const SOCKET_HIGH_WATER_BYTES = 65_536;

/** `GET /rooms/:room/events` (SSE) and `GET /rooms/:room/socket` (WebSocket): what happens in a room. */
export function addWatchRoutes(app: FastifyInstance, rooms: Rooms, authorizer: Authorizer): void {
  app.get<RoomParams>(
    '/rooms/:room/events',
    { preHandler: async (request) => admit(request, rooms, authorizer) },
    (request, reply) => {
      const security = reply.getHeaders();
      const { raw } = reply;
      // Pipelined behind an answer that is still to come: Node would tell its end to nobody.
      if (raw.socket === null) throw new HttpProblem(400, 'Events need a connection of their own');
      reply.hijack();
      for (const [name, value] of Object.entries(security)) {
        if (value !== undefined) raw.setHeader(name, value);
      }
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.write(': earshot\n\n');
      const sink: EventSink = {
        write: (event) => (raw.write(serverSentEvent(event)) ? 'more' : 'full'),
        end: () => raw.end(),
      };
      const watcher = rooms.watch(request.params.room, sink);
      const heartbeat = setInterval(() => {
        if (watcher.checkStalled()) raw.destroy();
        else if (!raw.writableNeedDrain) raw.write(': \n\n');
      }, HEARTBEAT_MS);
      heartbeat.unref();
      raw.on('drain', () => watcher.resume());
      raw.on('error', () => raw.destroy());
      raw.on('close', () => {
        clearInterval(heartbeat);
        rooms.unwatch(request.params.room, watcher);
      });
    },
  );

  app.get<RoomParams>(
    '/rooms/:room/socket',
    { websocket: true, preHandler: async (request) => admit(request, rooms, authorizer) },
    (socket, request) => watchBySocket(socket, request.params.room, rooms),
  );
}

function admit(request: FastifyRequest<RoomParams>, rooms: Rooms, authorizer: Authorizer): void {
  authorizer.checkWatcher(request);
  checkRoomName(request.params.room);
  rooms.checkWatcherFits(request.params.room);
}

function watchBySocket(socket: WebSocket, room: string, rooms: Rooms): void {
  const sink: EventSink = {
    write(event) {
      socket.send(JSON.stringify(event), () => {
        if (socket.bufferedAmount < SOCKET_HIGH_WATER_BYTES) watcher.resume();
      });
      return socket.bufferedAmount < SOCKET_HIGH_WATER_BYTES ? 'more' : 'full';
    },
    // RFC 6455 7.4.1: going away.
    end: () => socket.close(1001),
  };
  const watcher = rooms.watch(room, sink);
  let answered = true;
  const heartbeat = setInterval(() => {
    if (!answered || watcher.checkStalled()) {
      socket.terminate();
      return;
    }
    answered = false;
    socket.ping();
  }, HEARTBEAT_MS);
  heartbeat.unref();
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => {
    clearInterval(heartbeat);
    rooms.unwatch(room, watcher);
  });
}

function serverSentEvent(event: RoomEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
