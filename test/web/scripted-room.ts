import { readFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { extname, join, normalize } from 'node:path';
import type { RoomEvent } from '../../sfu/room-events.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
};

/** A server that serves the page under its content security policy and says what a test wants it to say. */
export class ScriptedRoom {
  readonly #server: Server;
  readonly #watchers = new Set<ServerResponse>();
  /** Status that the events of a room are answered with. */
  eventsStatus = 200;
  /** Answer to `POST /whip/:room`. */
  whipAnswer: { readonly status: number; readonly detail: string } = {
    status: 503,
    detail: 'This server takes no calls',
  };

  constructor(folder: string) {
    this.#server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://localhost');
      if (request.method === 'POST') {
        const { status, detail } = this.whipAnswer;
        response.writeHead(status, { 'content-type': 'application/problem+json' });
        response.end(JSON.stringify({ status, detail }));
        return;
      }
      if (pathname.endsWith('/events')) {
        response.writeHead(this.eventsStatus, { 'content-type': 'text/event-stream' });
        if (this.eventsStatus !== 200) {
          response.end();
          return;
        }
        response.flushHeaders();
        this.#watchers.add(response);
        response.on('close', () => this.#watchers.delete(response));
        return;
      }
      const path = normalize(pathname === '/' ? '/index.html' : pathname);
      readFile(join(folder, path)).then(
        (content) => {
          response.writeHead(200, {
            'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
            'content-security-policy':
              "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
          });
          response.end(content);
        },
        () => response.writeHead(404).end(),
      );
    });
  }

  /** @returns the address of the page */
  async listen(port = 0): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('No port');
    return `http://127.0.0.1:${address.port}`;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  say(...events: readonly RoomEvent[]): void {
    for (const event of events) {
      const text = `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
      for (const watcher of this.#watchers) watcher.write(text);
    }
  }

  /** Breaks the connections of all who watch. */
  hangUp(): void {
    for (const watcher of this.#watchers) watcher.destroy();
    this.#watchers.clear();
  }

  async close(): Promise<void> {
    this.hangUp();
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
