import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM, CHROMIUM_NEEDED, type OpenBrowser, openBrowser } from './browser.js';
import { compilePage } from './compiled-page.js';
import { scriptedStats, scriptedTranscript } from './scripted-call.js';
import { ScriptedRoom } from './scripted-room.js';

describe.skipIf(CHROMIUM === undefined)(`the page of a room${CHROMIUM_NEEDED}`, () => {
  let folder: string;
  let browser: OpenBrowser;
  let room: ScriptedRoom;
  let page: Page;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earshot-page-'));
    await compilePage(folder);
    browser = await openBrowser({ arguments: ['--use-fake-device-for-media-stream'] });
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    room = new ScriptedRoom(folder);
    page = await browser.context.newPage();
    await page.goto(await room.listen());
    await expect.poll(() => room.watchers).toBe(1);
  });
  afterEach(async () => {
    await page.close();
    await room.close();
  });

  const text = (selector: string): Promise<string> => page.locator(selector).innerText();
  const speakers = (): Promise<string[]> => page.locator('#speakers button').allInnerTexts();
  const shown = (): Promise<string> => text('#speakers [aria-pressed="true"]');
  const joined = (...names: readonly string[]): void =>
    room.say(
      ...names.map((participant) => ({
        type: 'participant-joined' as const,
        participant,
        recognizer: 'pocketsphinx',
      })),
    );
  const breakConnection = async (): Promise<void> => {
    room.hangUp();
    await expect.poll(() => room.watchers, { timeout: 10_000 }).toBe(1);
  };

  it('forgets who left while it was not connected, and their unfinished words', async () => {
    joined('a', 'b', 'c');
    room.say(scriptedTranscript('b', 0, 'so I said', false));
    await expect.poll(() => text('#partials')).toContain('so I said');

    await breakConnection();
    joined('a', 'c');

    await expect.poll(speakers).toEqual(['Speaker 1', 'Speaker 3']);
    expect(await text('#partials')).toBe('');
  });

  it('goes on to show whom it showed, in whatever order they are told again', async () => {
    joined('a', 'b');
    await page.getByRole('button', { name: 'Speaker 2' }).click();
    await expect.poll(shown).toBe('Speaker 2');

    await breakConnection();
    joined('a', 'b');

    await expect.poll(speakers).toEqual(['Speaker 1', 'Speaker 2']);
    await expect.poll(shown).toBe('Speaker 2');
  });

  it('shows somebody else when that one is gone', async () => {
    joined('a', 'b', 'c');
    await page.getByRole('button', { name: 'Speaker 2' }).click();

    await breakConnection();
    joined('a', 'c');

    await expect.poll(speakers).toEqual(['Speaker 1', 'Speaker 3']);
    await expect.poll(shown).toBe('Speaker 1');
  });

  it('shows no latency of somebody else', async () => {
    joined('a', 'b');
    room.say(scriptedStats('a'));
    await expect.poll(() => text('#ledger-total')).toContain('within the budget');

    await page.getByRole('button', { name: 'Speaker 2' }).click();

    await expect.poll(() => text('#ledger-total')).toBe('');
  });

  it('takes back that a recognizer failed once it gives words again', async () => {
    joined('a');
    room.say({ type: 'recognizer-failed', participant: 'a', message: 'It broke' });
    await expect.poll(() => text('#notice')).toContain('It broke');

    room.say(scriptedTranscript('a', 0, 'hello again', false));

    await expect.poll(() => page.locator('#notice').isVisible()).toBe(false);
  });

  it('has a room for whoever leaves its name empty', async () => {
    await page.getByLabel('Room').fill('');
    const asked = page.waitForRequest((request) => request.method() === 'POST');
    await browser.context.grantPermissions(['microphone']);

    await page.getByRole('button', { name: 'Start' }).click();

    expect(new URL((await asked).url()).pathname).toBe('/whip/lobby');
    await browser.context.clearPermissions();
  });

  it('draws the picture of a server that waits for nothing', async () => {
    joined('a');
    const frames = Array.from({ length: 200 }, (_, index) => ({
      startMs: index * 20,
      durationMs: 20,
      provenance: 'received' as const,
      latencyMs: 5,
      levelDb: -20,
    }));
    room.say({ ...scriptedStats('a'), deadlineMs: 0 } as ReturnType<typeof scriptedStats>);

    room.say({ type: 'frames', participant: 'a', frames });

    // A quarter of 20 ms, not all of the height.
    const heights = (): Promise<number> =>
      page.evaluate(`(() => {
        const canvas = document.getElementById('picture');
        const pen = canvas.getContext('2d');
        const x = Math.round(canvas.width * 0.95);
        const { data } = pen.getImageData(x, 0, 1, Math.round(canvas.height * 0.5));
        const [r, g, b] = getComputedStyle(canvas).getPropertyValue('--received').trim()
          .match(/[\\da-f]{2}/gi).map((pair) => parseInt(pair, 16));
        let pixels = 0;
        for (let at = 0; at < data.length; at += 4) {
          const far = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b);
          if (data[at + 3] > 200 && far < 24) pixels++;
        }
        return pixels / canvas.height;
      })()`);
    await expect.poll(heights).toBeGreaterThan(0.05);
    expect(await heights()).toBeLessThan(0.3);
  });
});
