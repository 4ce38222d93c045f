import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/**
 * Every TCP connection of a server, so that closing it can end them all.
 *
 * Node forgets a connection once it asked for an upgrade, and a refused one would keep the server from closing.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>();

  constructor(app: FastifyInstance) {
    const server = app.server as Server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    app.addHook('onResponse', async (request) => {
      if (request.headers.upgrade !== undefined) request.raw.socket.destroySoon();
    });
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
