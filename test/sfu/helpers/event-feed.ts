import WebSocket from 'ws';
import type { RoomEvent } from '../../../sfu/room-events.js';
import { until } from './until.js';

/** Events of a room as a watcher hears them. */
export class EventFeed {
  readonly events: RoomEvent[] = [];
  readonly #stop: () => void;
  ended = false;

  private constructor(stop: (feed: EventFeed) => () => void) {
    this.#stop = stop(this);
  }

  /** Over server-sent events. */
  static async events(url: string, room: string): Promise<EventFeed> {
    const abort = new AbortController();
    const response = await fetch(`${url}/rooms/${room}/events`, { signal: abort.signal });
    if (!response.ok || response.body === null) throw new Error(`SSE answered ${response.status}`);
    const feed = new EventFeed(() => () => abort.abort());
    void feed.#readEvents(response.body).finally(() => {
      feed.ended = true;
    });
    return feed;
  }

  /** Over WebSocket. */
  static async socket(url: string, room: string): Promise<EventFeed> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/rooms/${room}/socket`);
    const feed = new EventFeed((self) => {
      socket.on('message', (data) => self.events.push(JSON.parse(String(data)) as RoomEvent));
      socket.on('close', () => {
        self.ended = true;
      });
      return () => socket.close();
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    return feed;
  }

  of<T extends RoomEvent['type']>(type: T): Extract<RoomEvent, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<RoomEvent, { type: T }> => event.type === type,
    );
  }

  /** Waits for an event of this type. */
  async first<T extends RoomEvent['type']>(type: T): Promise<Extract<RoomEvent, { type: T }>> {
    await until(() => this.of(type).length > 0);
    const [event] = this.of(type);
    if (event === undefined) throw new Error(`There is no ${type} event`);
    return event;
  }

  async close(): Promise<void> {
    this.#stop();
  }

  async #readEvents(body: ReadableStream<Uint8Array>): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) {
          const data = /^data: (.*)$/m.exec(block)?.[1];
          const type = /^event: (.*)$/m.exec(block)?.[1];
          if (data === undefined) continue;
          const event = JSON.parse(data) as RoomEvent;
          if (event.type !== type) throw new Error(`event: ${type} carries ${event.type}`);
          this.events.push(event);
        }
      }
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
