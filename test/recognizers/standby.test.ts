import { describe, expect, it } from 'vitest';
import type { RecognizerContext } from '../../src/recognizers/recognizer.js';
import { withStandbySession } from '../../src/recognizers/standby.js';
import { FakeRecognizer } from './fake-recognizer.js';

const READY = { sampleRateHz: 16_000, language: 'en-US' };
const CONTEXT: RecognizerContext = { ...READY, signal: undefined };

/** Lets the spare that is opened behind the caller's back be there. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a recognizer with a session in reserve', () => {
  it('says of itself what the recognizer says', async () => {
    const recognizer = new FakeRecognizer();

    const standby = await withStandbySession(recognizer, READY);

    expect(standby.name).toBe(recognizer.name);
    expect(standby.capabilities).toEqual(recognizer.capabilities);
    await standby.close();
  });

  it('hands out the session it has ready, and opens the next', async () => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);
    expect(recognizer.sessions.length).toBe(1);

    const first = await standby.open(CONTEXT);
    await settled();
    const second = await standby.open(CONTEXT);
    await settled();

    expect(first).toBe(recognizer.sessions[0]);
    expect(second).toBe(recognizer.sessions[1]);
    expect(recognizer.sessions.length).toBe(3);
    await standby.close();
  });

  it('gives no session twice when many ask at once, and keeps one in reserve', async () => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);

    const sessions = await Promise.all([1, 2, 3, 4].map(() => standby.open(CONTEXT)));
    await settled();

    expect(new Set(sessions).size).toBe(4);
    expect(recognizer.sessions.length).toBe(5);
    await standby.close();
  });

  it.each([
    ['another rate', { ...CONTEXT, sampleRateHz: 8000 }],
    ['another language', { ...CONTEXT, language: 'de' }],
    ['no language', { ...CONTEXT, language: undefined }],
  ])('opens a session for %s as it is asked for', async (_what, context) => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);

    const session = await standby.open(context);

    expect(session).toBe(recognizer.sessions[1]);
    expect(await standby.open(CONTEXT)).toBe(recognizer.sessions[0]);
    await standby.close();
  });

  it('tells at once that the recognizer does not open', async () => {
    const recognizer = new FakeRecognizer({ failOpenFrom: 0 });

    await expect(withStandbySession(recognizer, READY)).rejects.toMatchObject({
      code: 'EARSHOT_RECOGNIZER_FAILED',
    });
  });

  it('serves without a reserve that could not be opened, and tells the next caller why', async () => {
    const recognizer = new FakeRecognizer({ failOpenFrom: 1 });
    const standby = await withStandbySession(recognizer, READY);

    const session = await standby.open(CONTEXT);
    await settled();

    expect(session).toBe(recognizer.sessions[0]);
    await expect(standby.open(CONTEXT)).rejects.toMatchObject({
      code: 'EARSHOT_RECOGNIZER_FAILED',
    });
    await standby.close();
  });

  it('has a reserve again once the recognizer opens again', async () => {
    let opens = 0;
    const recognizer = new FakeRecognizer();
    const open = recognizer.open.bind(recognizer);
    recognizer.open = async (context) => {
      opens += 1;
      if (opens === 2) throw new Error('just now not');
      return open(context);
    };
    const standby = await withStandbySession(recognizer, READY);

    await standby.open(CONTEXT);
    await settled();
    await standby.open(CONTEXT);
    await settled();

    // Two were handed out, one waits; the one that failed is none.
    expect(recognizer.sessions.length).toBe(3);
    await standby.close();
  });

  it('ends the session it handed out when the signal of the caller aborts', async () => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);
    const abort = new AbortController();

    const session = await standby.open({ ...CONTEXT, signal: abort.signal });
    abort.abort();

    await expect(session.flush()).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    await standby.close();
  });

  it('hands a session over closed when the signal aborted while it was still being opened', async () => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);
    const abort = new AbortController();

    const opening = standby.open({ ...CONTEXT, signal: abort.signal });
    abort.abort();

    await expect((await opening).flush()).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    await standby.close();
  });

  it('closes the reserve and the recognizer with itself, and opens nothing after', async () => {
    const recognizer = new FakeRecognizer();
    const standby = await withStandbySession(recognizer, READY);
    const [spare] = recognizer.sessions;

    await standby.close();
    await standby.close();

    await expect(spare?.flush()).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    await expect(standby.open(CONTEXT)).rejects.toMatchObject({ code: 'EARSHOT_CLOSED' });
    expect(recognizer.sessions.length).toBe(1);
  });

  it('closes a reserve that is still being opened', async () => {
    const recognizer = new FakeRecognizer();
    const open = recognizer.open.bind(recognizer);
    let arrive = (): void => undefined;
    const arrived = new Promise<void>((resolve) => {
      arrive = resolve;
    });
    const standby = await withStandbySession(recognizer, READY);
    recognizer.open = async (context) => {
      const session = await open(context);
      await arrived;
      return session;
    };
    await standby.open(CONTEXT);

    const closed = standby.close();
    arrive();
    await closed;

    await expect(recognizer.sessions[1]?.flush()).rejects.toMatchObject({
      code: 'EARSHOT_CLOSED',
    });
  });
});
