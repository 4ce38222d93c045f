/** One event of a `text/event-stream` (WHATWG HTML, 9.2). */
export interface StreamEvent {
  readonly event: string;
  readonly data: string;
}

const MAX_EVENT_CHARS = 1_000_000;

/**
 * Reads server-sent events from a response body; used where EventSource cannot send a Bearer token or tell a
 * refusal from a broken connection.
 */
export async function* readEventStream(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<StreamEvent, void, void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let buffered = '';
  let event = '';
  let data: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      buffered += decoder.decode(value, { stream: true });
      if (buffered.length > MAX_EVENT_CHARS) throw new Error('An event of the server is too large');
      // A CR at the very end may be half of a CRLF: it waits for what follows.
      const lines = buffered.split(/\r\n|\n|\r(?!$)/);
      buffered = lines.pop() ?? '';
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) yield { event: event || 'message', data: data.join('\n') };
          event = '';
          data = [];
          continue;
        }
        const colon = line.indexOf(':');
        const field = colon === -1 ? line : line.slice(0, colon);
        const text = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (field === 'event') event = text;
        if (field === 'data') data.push(text);
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
