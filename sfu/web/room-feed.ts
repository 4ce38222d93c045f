import type { RoomEvent } from 'earshot/sfu';
import { readEventStream } from './event-stream.js';
import { pause } from './pause.js';
import { parseRoomEvent } from './room-event-parser.js';

export type FeedState = 'connecting' | 'open' | 'unauthorized' | 'refused' | 'full' | 'gone';

export interface FeedListener {
  readonly onEvent: (event: RoomEvent) => void;
  readonly onState: (state: FeedState) => void;
}

const RETRY_MS = [500, 1000, 2000, 4000, 8000];

/** Follows the events of a room until `signal` aborts, coming back by itself after the connection broke. */
export async function followRoom(
  room: string,
  token: string | undefined,
  listener: FeedListener,
  signal: AbortSignal,
): Promise<void> {
  const url = `/rooms/${encodeURIComponent(room)}/events`;
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (token !== undefined) headers.authorization = `Bearer ${token}`;
  let failures = 0;
  let state: FeedState = 'gone';
  listener.onState('connecting');
  while (!signal.aborted) {
    try {
      state = 'gone';
      const response = await fetch(url, { headers, signal, cache: 'no-store' });
      if (response.status === 401 || response.status === 403) {
        listener.onState('unauthorized');
        return;
      }
      if (response.ok && response.body !== null) {
        failures = 0;
        listener.onState('open');
        for await (const { data } of readEventStream(response.body)) {
          const event = parseRoomEvent(data);
          if (event !== undefined) listener.onEvent(event);
        }
        // The server ended the stream in good order: it is being stopped, or sheds its watchers.
      } else if (response.status === 503 || response.status === 429) {
        state = 'full';
      } else if (response.status >= 400 && response.status < 500) {
        listener.onState('refused');
        return;
      }
    } catch {
      // The network or the server went away: the loop tries again.
    }
    if (signal.aborted) return;
    listener.onState(state);
    await pause(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 8000, signal);
    failures += 1;
  }
}
