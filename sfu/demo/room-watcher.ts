import type { RoomEvent } from '../room-events.js';

/** Follows a room of a server this process started, over SSE, until `signal` aborts or the server ends the stream. */
export async function* watchRoom(
  serverUrl: string,
  room: string,
  signal: AbortSignal,
): AsyncGenerator<RoomEvent, void, void> {
  const response = await fetch(`${serverUrl}/rooms/${room}/events`, { signal });
  if (!response.ok || response.body === null) {
    throw new Error(`The server shows no events: status ${response.status}`);
  }
  const decoder = new TextDecoder();
  let buffered = '';
  try {
    for await (const bytes of response.body) {
      buffered += decoder.decode(bytes, { stream: true });
      const blocks = buffered.split('\n\n');
      buffered = blocks.pop() ?? '';
      for (const block of blocks) {
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (data !== undefined) yield JSON.parse(data) as RoomEvent;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
