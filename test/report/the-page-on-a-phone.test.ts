import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { CDPSession, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bundleReportPage, troubledCapture, writeHtmlReport } from '../helpers/html-report.js';
import { CHROMIUM, CHROMIUM_NEEDED, type OpenBrowser, openBrowser } from '../web/browser.js';
import { FIREFOX, FIREFOX_NEEDED, FirefoxPage } from '../web/firefox.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-phone-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const report = join(folder, 'report.html');
const REPORT_URL = pathToFileURL(report).href;
const PHONE = { width: 360, height: 740 };
const CALL_S = 20;

beforeAll(async () => {
  await bundleReportPage();
  await writeHtmlReport(report, troubledCapture('call.pcap'));
});

describe.skipIf(CHROMIUM === undefined)(
  `the page of a report under fingers${CHROMIUM_NEEDED}`,
  () => {
    let browser: OpenBrowser;
    let page: Page;
    let phone: CDPSession;

    beforeAll(async () => {
      browser = await openBrowser({ arguments: ['--autoplay-policy=no-user-gesture-required'] });
    });
    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
    });
    beforeEach(async () => {
      page = await browser.context.newPage();
      phone = await browser.context.newCDPSession(page);
      await phone.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 5 });
      await page.setViewportSize(PHONE);
      await page.goto(REPORT_URL);
      await page.locator('#stage').evaluate((stage) => stage.scrollIntoView({ block: 'start' }));
      return () => page.close();
    });

    /** The point of the screen at a share of the plot's width. */
    async function pointAt(share: number): Promise<{ x: number; y: number }> {
      const box = await page.locator('#stage').boundingBox();
      if (box === null) throw new Error('no stage');
      return { x: box.x + 52 + share * (box.width - 52 - 10), y: box.y + 120 };
    }

    async function touch(
      type: 'touchStart' | 'touchMove' | 'touchEnd',
      ...shares: readonly number[]
    ): Promise<void> {
      const touchPoints = await Promise.all(
        shares.map(async (share, id) => ({ ...(await pointAt(share)), id })),
      );
      await phone.send('Input.dispatchTouchEvent', { type, touchPoints });
    }

    /** Moves fingers from some places to others, in steps as a screen reports them. */
    async function move(from: readonly number[], to: readonly number[]): Promise<void> {
      await touch('touchStart', ...from);
      for (let step = 1; step <= 10; step++) {
        await touch(
          'touchMove',
          ...from.map((share, i) => share + ((to[i] ?? 0) - share) * (step / 10)),
        );
      }
      await touch('touchEnd');
    }

    /** What is told of the place under a tap, s from the start of the call. */
    async function tap(share: number): Promise<number> {
      await touch('touchStart', share);
      await touch('touchEnd');
      await page.waitForTimeout(100);
      const [, minutes, seconds] =
        /^(\d+):([\d.]+)/.exec(await page.locator('.reading').innerText()) ?? [];
      return Number(minutes) * 60 + Number(seconds);
    }

    it('a tap is where it was put, and is heard', async () => {
      expect(await tap(0.5)).toBeCloseTo(CALL_S / 2, 0);
      await expect.poll(() => page.locator('[aria-pressed="true"]').count()).toBe(1);
      await expect.poll(() => page.locator('.playhead').isVisible()).toBe(true);
    });

    it('two fingers stretch the call, and each stays on its place', async () => {
      await move([0.4, 0.6], [0.2, 0.8]);

      expect(await page.locator('[aria-pressed="true"]').count()).toBe(0);
      expect(await tap(0.2)).toBeCloseTo(0.4 * CALL_S, 0);
      expect(await tap(0.8)).toBeCloseTo(0.6 * CALL_S, 0);
    });

    it('two fingers that move alike carry it along, and stretch nothing', async () => {
      await move([0.3, 0.7], [0.1, 0.9]);
      await move([0.3, 0.5], [0.4, 0.6]);

      // Half of the call is shown, from a quarter on; a tenth of that went to the right.
      expect(await tap(0.1)).toBeCloseTo(0.25 * CALL_S, 0);
      expect(await tap(0.9)).toBeCloseTo(0.65 * CALL_S, 0);
    });

    it('one finger drags what is shown, and is no tap', async () => {
      await move([0.4, 0.6], [0.1, 0.9]);
      const before = await tap(0.5);
      await page.locator('[aria-pressed="true"]').click();
      await move([0.75], [0.25]);

      expect(await page.locator('[aria-pressed="true"]').count()).toBe(0);
      expect(await tap(0)).toBeCloseTo(before, 0);
    });

    it('a finger that moves up scrolls the page', async () => {
      const { x, y } = await pointAt(0.5);
      const before: number = await page.evaluate('scrollY');
      const point = (type: 'touchStart' | 'touchMove', movedPx: number) =>
        phone.send('Input.dispatchTouchEvent', { type, touchPoints: [{ x, y: y - movedPx }] });
      await point('touchStart', 0);
      for (let movedPx = 10; movedPx <= 100; movedPx += 10) await point('touchMove', movedPx);
      await touch('touchEnd');

      await expect.poll(() => page.evaluate('scrollY')).toBeGreaterThan(before + 50);
      expect(await page.locator('[aria-pressed="true"]').count()).toBe(0);
    });

    it('has plots whose numbers can be read, none on another', async () => {
      const texts = await page.locator('.plot').evaluateAll((plots) =>
        plots.map((plot) =>
          [...plot.querySelectorAll('.plot-text')].map((text) => {
            const { left, right, top, bottom } = text.getBoundingClientRect();
            return { left, right, top, bottom, text: text.textContent };
          }),
        ),
      );

      expect(texts.length).toBeGreaterThan(2);
      for (const plot of texts) {
        expect(plot.length).toBeGreaterThan(4);
        for (const [index, one] of plot.entries()) {
          expect(one.bottom - one.top).toBeGreaterThan(11);
          expect(one.left).toBeGreaterThan(0);
          expect(one.right).toBeLessThan(PHONE.width);
          for (const other of plot.slice(index + 1)) {
            const isAside = one.right <= other.left || other.right <= one.left;
            // Boxes of text have room above and below their letters.
            const isApart = one.bottom <= other.top + 4 || other.bottom <= one.top + 4;
            expect(isAside || isApart, `${one.text} on ${other.text}`).toBe(true);
          }
        }
      }
    });

    it('has buttons and links for thumbs, and says what fingers can do', async () => {
      for (const target of await page.locator('button:visible, .moments a').all()) {
        expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(40);
      }
      expect(await page.locator('#timeline').innerText()).toContain('Tap to hear that place');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(PHONE.width);
    });
  },
);

describe.skipIf(FIREFOX === undefined)(`the page of a report in Firefox${FIREFOX_NEEDED}`, () => {
  it('is drawn, fits a phone, and plays what is tapped', { timeout: 60_000 }, async (ctx) => {
    await using page = await FirefoxPage.open();
    await page.setViewportSize(PHONE.width, PHONE.height);
    await page.goto(REPORT_URL);

    expect(await page.evaluate(`performance.getEntriesByName('earshot-drawn').length`)).toBe(1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    const drawn = `(() => {
      const canvas = document.querySelector('.strip');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.filter((value, at) => at % 4 === 3 && value > 200).length;
    })()`;
    expect(await page.evaluate(drawn)).toBeGreaterThan(2000);

    await page.tap('#stage', 0.5);
    expect(await page.evaluate(`document.querySelector('.reading').innerText`)).toMatch(
      /^0:0[89]\./,
    );
    expect(await page.evaluate(`document.querySelectorAll('[aria-pressed="true"]').length`)).toBe(
      1,
    );
    const hasSound = await page.hasSound();
    if (hasSound) {
      const playhead = `document.querySelector('.playhead').style.transform`;
      const start = await page.evaluate(playhead);
      await expect.poll(() => page.evaluate(playhead), { timeout: 10_000 }).not.toBe(start);
    }
    expect(page.complaints).toEqual([]);
    if (!hasSound) ctx.skip('nothing was heard: this machine has no sound output');
  });
});
