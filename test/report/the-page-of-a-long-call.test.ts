import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PageData } from '../../src/report/page-data.js';
import { bundleReportPage, troubledCapture, writeHtmlReport } from '../helpers/html-report.js';
import {
  CHROMIUM,
  CHROMIUM_NEEDED,
  complaintsOf,
  type OpenBrowser,
  openBrowser,
} from '../web/browser.js';

const HOUR_MS = 3_600_000;
const folder = mkdtempSync(join(tmpdir(), 'earshot-long-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const DATA = /(<script type="application\/json" id="data">)([^<]*)/;
const SOUND = /(<script type="application\/octet-stream" id="audio-first">)([^<]*)/;

function dataOf(html: string): PageData {
  return JSON.parse(DATA.exec(html)?.[2] ?? '');
}

/** The same page with the sound of packets `[from, to)` left out, and one that says it lasts as long as told. */
function without(html: string, from: number, to: number, durationMs: number): string {
  const data = dataOf(html);
  const { first } = data.audio;
  const lengths = new Uint16Array(Uint8Array.from(Buffer.from(first.lengths, 'base64')).buffer);
  const bytes = Buffer.from(SOUND.exec(html)?.[2] ?? '', 'base64');
  const offsetOf = (packet: number): number =>
    lengths.subarray(0, packet).reduce((sum, one) => sum + one, 0);
  const kept = Uint16Array.from([...lengths.subarray(0, from), ...lengths.subarray(to)]);
  const changed: PageData = {
    ...data,
    durationMs,
    detail: durationMs > 2 * HOUR_MS ? 'bounded' : 'full',
    gatheredMs: 1280,
    audio: {
      ...data.audio,
      leftOutMs: (to - from) * data.audio.frameMs,
      first: {
        segments: [
          { place: 0, packets: from },
          { place: to, packets: lengths.length - to },
        ],
        lengths: Buffer.from(kept.buffer).toString('base64'),
      },
    },
  };
  const sound = Buffer.concat([bytes.subarray(0, offsetOf(from)), bytes.subarray(offsetOf(to))]);
  return html
    .replace(DATA, (_, start) => start + JSON.stringify(changed).replaceAll('<', '\\u003c'))
    .replace(SOUND, (_, start) => start + sound.toString('base64'));
}

describe.skipIf(CHROMIUM === undefined)(`the page of a long call${CHROMIUM_NEEDED}`, () => {
  let browser: OpenBrowser;
  const [short, cut, day] = ['short', 'cut', 'day'].map((name) => join(folder, `${name}.html`)) as [
    string,
    string,
    string,
  ];
  beforeAll(async () => {
    await bundleReportPage();
    await writeHtmlReport(short, troubledCapture('call.pcap'));
    const html = readFileSync(short, 'utf8');
    // From 6 s to 12 s there is none.
    writeFileSync(cut, without(html, 100, 200, dataOf(html).durationMs));
    writeFileSync(day, without(html, 100, 200, 24 * HOUR_MS));
    browser = await openBrowser({ arguments: ['--autoplay-policy=no-user-gesture-required'] });
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
  });

  async function open(path: string, widthPx = 1440): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.context.newPage();
    const complaints = complaintsOf(page);
    await page.setViewportSize({ width: widthPx, height: 900 });
    await page.goto(pathToFileURL(path).href);
    await page.waitForFunction(`performance.getEntriesByName('earshot-drawn').length > 0`);
    return { page, complaints };
  }

  it('says nothing of its resolution up to two hours', async () => {
    const { page } = await open(short);
    expect(await page.locator('#resolution').count()).toBe(0);
    expect(await page.locator('.takes').innerText()).toMatch(/sound at \d+ kbit\/s$/);
    await page.close();
  });

  it('says how coarsely it is drawn, and what is lost by it', async () => {
    const { page, complaints } = await open(day, 360);
    const said = await page.locator('#resolution').innerText();
    expect(said).toContain('the least and the greatest of every 20 ms');
    expect(said).toContain('order within 1.3 s');
    expect(said).toContain('The line below the sound');
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('plays the next sound there is where none is kept, and says so', async () => {
    const { page, complaints } = await open(cut);
    expect(await page.locator('.takes').innerText()).toContain('there is room for 14.');
    await page.locator('#stage').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => page.locator('.reading').innerText()).toMatch(/^0:10\.0 · /);
    await page.locator('[data-take="in-time"]').click();
    const status = page.locator('#timeline [role="status"]');
    await expect.poll(() => status.innerText()).toBe('No sound of 0:10.0 is kept; this is 0:12.0');

    await page.locator('[data-take="in-time"]').click();
    await page.keyboard.press('Home');
    await page.locator('#stage').focus();
    await page.keyboard.press('Home');
    await page.locator('[data-take="in-time"]').click();
    await expect.poll(() => status.innerText()).toBe('');
    expect(complaints).toEqual([]);
    await page.close();
  });

  it('shows what can be heard by a line below the sound', async () => {
    const { page } = await open(cut);
    // The strip begins at 52 px and ends 10 px before its edge; the line lies 84 px from its top.
    const hasLine: boolean[] = await page.evaluate(`(() => {
      const canvas = document.querySelector('.strip');
      const pen = canvas.getContext('2d');
      const plotPx = canvas.clientWidth - 62;
      return [0.1, 0.25, 0.35, 0.45, 0.55, 0.65, 0.9].map((share) => {
        const x = Math.round((52 + share * plotPx) * devicePixelRatio);
        return pen.getImageData(x, Math.round(85 * devicePixelRatio), 1, 1).data[3] > 0;
      });
    })()`);
    expect(hasLine).toEqual([true, true, false, false, false, true, true]);
    await page.close();
  });

  it('writes the hours of a day apart on a phone', async () => {
    const { page } = await open(day, 360);
    await page.evaluate(`(() => {
      window.labels = [];
      const fill = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, x, ...others) {
        if (/^\\d+:\\d\\d:\\d\\d$|^0:00$/.test(text)) {
          const half = this.measureText(text).width / 2;
          window.labels.push([x - half, x + half]);
        }
        return fill.call(this, text, x, ...others);
      };
      document.querySelector('[aria-label="Show the whole call"]').click();
    })()`);
    await expect.poll(() => page.evaluate('window.labels.length')).toBeGreaterThan(1);
    const labels: [number, number][] = await page.evaluate('window.labels');
    for (const [at, [left]] of labels.entries()) {
      if (at > 0) expect(left).toBeGreaterThan(labels[at - 1]?.[1] ?? 0);
    }
    await page.close();
  });
});
