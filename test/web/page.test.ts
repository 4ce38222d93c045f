import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { watchRoom } from '../../sfu/demo/room-watcher.js';
import { alignWords, wordErrorRatio, wordsOf } from '../../sfu/demo/word-error-rate.js';
import { createServer, type SfuServer } from '../../sfu/index.js';
import type { RoomEvent } from '../../sfu/room-events.js';
import { EarshotError } from '../../src/index.js';
import {
  CHROMIUM,
  CHROMIUM_NEEDED,
  complaintsOf,
  type OpenBrowser,
  openBrowser,
  pictureColours,
} from './browser.js';
import { compilePage } from './compiled-page.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SPEECH = join(ROOT, 'fixtures/speech');
/** The first three sentences of fixtures/speech/call.json. */
const SAID =
  'The echo test has been completed. Please check the number and dial again. The conference will begin when the leader arrives.';
const ROOM = 'page-test';

describe.skipIf(CHROMIUM === undefined)(
  `the page in a browser, on a real call${CHROMIUM_NEEDED}`,
  () => {
    let server: SfuServer | undefined;
    let missing: string | undefined;
    let browser: OpenBrowser;

    beforeAll(async () => {
      // The server serves the page from the build's own folder.
      await compilePage(join(ROOT, 'dist/sfu/web'));
      try {
        server = await createServer({
          port: 0,
          logLevel: 'error',
          recognizer: {
            name: 'pocketsphinx',
            options: { languageModel: join(SPEECH, 'call.arpa') },
          },
        });
      } catch (error) {
        if (!(error instanceof EarshotError) || error.code !== 'EARSHOT_RECOGNIZER_MISSING')
          throw error;
        missing = error.message;
      }
      browser = await openBrowser({
        microphone: 'allowed',
        arguments: [
          '--use-fake-ui-for-media-stream',
          '--use-fake-device-for-media-stream',
          `--use-file-for-fake-audio-capture=${join(SPEECH, 'call.wav')}%noloop`,
        ],
      });
    });

    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
      await server?.close();
    });

    it('turns speech into words, draws what it was made of, and leaves the room when stopped', {
      timeout: 60_000,
    }, async (ctx) => {
      if (server === undefined) return ctx.skip(missing ?? 'no recognizer');
      const ended = new AbortController();
      const events: RoomEvent[] = [];
      const watching = collect(watchRoom(server.url, ROOM, ended.signal), events);
      const page = await browser.context.newPage();
      const complaints = complaintsOf(page);
      await page.setViewportSize({ width: 1440, height: 1000 });
      await page.goto(`${server.url}/?room=${ROOM}`);

      const answered = page.waitForResponse((response) => response.url().includes('/whip/'));
      await page.getByRole('button', { name: 'Start' }).click();
      const answer = await (await answered).text();
      expect(answer).toMatch(/^a=rtcp-fb:\d+ nack\r$/m);
      expect(answer).toMatch(/^a=extmap:\d+ \S+\/abs-capture-time\r$/m);
      await expect
        .poll(() => page.locator('#status-text').innerText(), { timeout: 10_000 })
        .toBe('Live');

      const meter = page.locator('#meter');
      await expect
        .poll(async () => (await meter.boundingBox())?.width, { timeout: 10_000 })
        .toBeGreaterThan(20);
      const finals = page.locator('#finals li');
      await expect.poll(() => finals.count(), { timeout: 30_000 }).toBeGreaterThanOrEqual(3);
      const heard = (await finals.allInnerTexts()).slice(0, 3).join(' ');
      const wordErrors = wordErrorRatio(alignWords(wordsOf(SAID), wordsOf(heard)));
      expect(wordErrors, `heard: ${heard}`).toBeLessThan(0.3);

      const colours = await pictureColours(page);
      expect(colours.received + colours.dtx).toBeGreaterThan(5000);
      await expect
        .poll(() => page.locator('#ledger-total').innerText())
        .toMatch(/\d ms of 150 ms at the 95th percentile/);
      expect(await page.locator('#counters').innerText()).toMatch(/Received\s+\d{3}/);
      await photograph(page);

      // The first packet says when it was captured, before any sender report could; both machines are this one.
      const [first] = events.flatMap((event) => (event.type === 'frames' ? event.frames : []));
      expect(first?.startMs).toBe(0);
      expect(Math.abs(Date.now() - (first?.captureUnixMs ?? 0))).toBeLessThan(60_000);
      const dated = events.filter((event) => event.type === 'transcript');
      expect(dated.every(({ captureUnixMs = 0 }) => captureUnixMs > 0)).toBe(true);

      await page.getByRole('button', { name: 'Stop' }).click();
      await expect.poll(() => page.locator('#status-text').innerText()).toBe('Ready');
      await expect.poll(() => meter.getAttribute('style')).toContain('scaleX(0)');
      await expect.poll(() => events.at(-1)?.type, { timeout: 10_000 }).toBe('participant-left');
      expect(complaints).toEqual([]);
      await page.close();
      ended.abort();
      await watching;
    });

    it('leaves the room when its tab goes away', { timeout: 30_000 }, async (ctx) => {
      if (server === undefined) return ctx.skip(missing ?? 'no recognizer');
      const ended = new AbortController();
      const events: RoomEvent[] = [];
      const watching = collect(watchRoom(server.url, 'tab', ended.signal), events);
      const page = await browser.context.newPage();
      await page.goto(`${server.url}/?room=tab`);
      await page.getByRole('button', { name: 'Start' }).click();
      await expect
        .poll(() => page.locator('#status-text').innerText(), { timeout: 10_000 })
        .toBe('Live');

      await page.goto('about:blank');

      await expect
        .poll(() => events.some(({ type }) => type === 'participant-left'), { timeout: 10_000 })
        .toBe(true);
      await page.close();
      ended.abort();
      await watching;
    });
  },
);

async function collect(from: AsyncIterable<RoomEvent>, into: RoomEvent[]): Promise<void> {
  for await (const event of from) into.push(event);
}

/** Pictures for people to look at: narrow and wide, light and dark. */
async function photograph(page: Page): Promise<void> {
  const folder =
    process.env.EARSHOT_SCREENSHOTS ?? (await mkdtemp(join(tmpdir(), 'earshot-screenshots-')));
  await mkdir(folder, { recursive: true });
  for (const width of [1440, 360]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 1000 });
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(200);
      await page.screenshot({ path: join(folder, `${width}-${colorScheme}.png`), fullPage: true });
    }
  }
  console.info(`Screenshots of the page: ${folder}`);
}
