import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ReplayReport, readCapture, writePcap } from '../../src/replay/index.js';
import { talk, throughNetwork } from '../../src/simulate/index.js';
import { fixtureCall } from '../helpers/call.js';
import { bundleReportPage, writeHtmlReport } from '../helpers/html-report.js';
import { CHROMIUM, CHROMIUM_NEEDED, type OpenBrowser, openBrowser } from '../web/browser.js';

const folder = mkdtempSync(join(tmpdir(), 'earshot-shifts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'shifts.html');
let report: ReplayReport;

interface Label {
  readonly text: string;
  readonly fromPx: number;
  readonly toPx: number;
}

beforeAll(async () => {
  await bundleReportPage();
  const sent = talk(fixtureCall().pcm, { sampleRateHz: 16_000, ssrc: 5 });
  const came = throughNetwork(sent, {
    seed: 4,
    jitter: { kind: 'uniform', maxMs: 4 },
    steps: [
      { atMs: 8000, delayMs: 80 },
      { atMs: 13_000, delayMs: 170 },
      { atMs: 18_000, delayMs: 270 },
      { atMs: 28_000, delayMs: 60 },
    ],
  });
  report = await writeHtmlReport(path, readCapture(writePcap(came), 'shifts.pcap'));
});

describe.skipIf(CHROMIUM === undefined)(
  `the page of a call whose path shifts${CHROMIUM_NEEDED}`,
  () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
    });

    it('says from which line frames are counted, and from which packets', async () => {
      expect(report.network.pathShiftCount).toBe(4);
      const page = await browser.context.newPage();
      await page.goto(pathToFileURL(path).href);

      expect(await page.locator('#lines').innerText()).toMatch(
        /^Frames: over the minimum-delay line as the engine knew it .* Packets: over the fastest path .* where the path shifts/,
      );
      const titles = page.locator('#timeline .legend.lines li');
      expect(await titles.nth(0).getAttribute('title')).toContain('minimum-delay line');
      expect(await titles.nth(1).getAttribute('title')).toContain('fastest path');
      // The ledger has all its stages from one line.
      expect(await page.locator('#ledger').innerText()).not.toContain('fastest path');
      await page.close();
    });

    it.each([360, 1440])('writes no mark of a shift over another, %d px wide', async (width) => {
      const page = await browser.context.newPage();
      await page.setViewportSize({ width, height: 900 });
      await page.addInitScript(`
        window.labels = [];
        const fillText = CanvasRenderingContext2D.prototype.fillText;
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
          if (text.startsWith('path ')) {
            window.labels.push({ text, fromPx: x, toPx: x + this.measureText(text).width });
          }
          return fillText.call(this, text, x, y);
        };`);
      await page.goto(pathToFileURL(path).href);
      await page.evaluate('window.labels.length = 0');
      await page.locator('#stage').focus();
      await page.keyboard.press('0');
      await expect.poll(() => page.evaluate('window.labels.length')).toBeGreaterThan(0);

      const labels: Label[] = await page.evaluate('window.labels');
      const plotEndPx: number = await page.locator('.strip').evaluate((strip) => strip.clientWidth);
      const seen = [...new Map(labels.map((label) => [label.text, label])).values()];
      for (const [index, { fromPx, toPx }] of seen.entries()) {
        expect(fromPx).toBeGreaterThanOrEqual(seen[index - 1]?.toPx ?? 0);
        expect(toPx).toBeLessThanOrEqual(plotEndPx);
      }
      if (width === 1440) expect(seen).toHaveLength(4);
      await page.close();
    });
  },
);
