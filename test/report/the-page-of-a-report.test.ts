import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrameLine, type ReplayReport, readWav } from '../../src/replay/index.js';
import { linesOf } from '../helpers/captures.js';
import { bundleReportPage, troubledCapture, writeHtmlReport } from '../helpers/html-report.js';
import {
  CHROMIUM,
  CHROMIUM_NEEDED,
  complaintsOf,
  type OpenBrowser,
  openBrowser,
} from '../web/browser.js';

const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)<!-- ' \u2028.pcap`;
const folder = mkdtempSync(join(tmpdir(), 'earshot-report-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let report: ReplayReport;
const recognized = join(folder, 'recognizer.html');
const played = join(folder, 'playout.html');
const wavPath = join(folder, 'call.wav');
const framesPath = join(folder, 'call.ndjson');

beforeAll(async () => {
  await bundleReportPage();
  report = await writeHtmlReport(recognized, troubledCapture('call.pcap'), { wavPath, framesPath });
  await writeHtmlReport(played, troubledCapture(HOSTILE), { mode: 'playout', maxDelayMs: 400 });
});

describe('the file of a report', () => {
  it('is the same for the same bytes and options', async () => {
    const again = join(folder, 'again.html');
    await writeHtmlReport(again, troubledCapture('call.pcap'));
    expect(readFileSync(again).equals(readFileSync(recognized))).toBe(true);
  });

  it('says what makes it again', () => {
    const html = readFileSync(played, 'utf8');
    expect(html).toContain('--mode playout --max-delay-ms 400 --ssrc 5 --codec');
  });

  it('allows itself neither network nor foreign script', () => {
    const html = readFileSync(recognized, 'utf8');
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1];
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'$/,
    );
    expect(html).not.toMatch(/<(link|iframe|object)|src="http|@import|url\(/);
  });

  it('names no folder and no address', () => {
    const html = readFileSync(recognized, 'utf8');
    expect(html).not.toContain(folder);
    expect(html).not.toContain('127.0.0.1');
  });
});

describe.skipIf(CHROMIUM === undefined)(
  `the page of a report in a browser${CHROMIUM_NEEDED}`,
  () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await openBrowser({ arguments: ['--autoplay-policy=no-user-gesture-required'] });
    });
    afterAll(async () => {
      await browser?.[Symbol.asyncDispose]();
    });

    /** Opens a page from its file; what it asks of the network is kept. */
    async function open(
      path: string,
      widthPx = 1440,
    ): Promise<{ page: Page; complaints: string[]; requests: string[] }> {
      const page = await browser.context.newPage();
      const complaints = complaintsOf(page);
      const requests: string[] = [];
      page.on('request', (request) => requests.push(request.url()));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog: ${dialog.message()}`);
        dialog.dismiss();
      });
      await page.setViewportSize({ width: widthPx, height: 900 });
      await page.goto(pathToFileURL(path).href);
      await page.waitForFunction(`performance.getEntriesByName('earshot-drawn').length > 0`);
      return { page, complaints, requests };
    }

    it('draws the call and says what happened to it, without a request', async () => {
      const { page, complaints, requests } = await open(recognized);
      expect(complaints).toEqual([]);
      expect(requests).toEqual([pathToFileURL(recognized).href]);
      expect(await page.locator('h1').innerText()).toMatch(/made up|broke off/);
      expect(await page.locator('#loss').innerText()).toContain(
        `${report.network.burstGap.bursts}`,
      );
      expect(await page.locator('#reproduce').innerText()).toContain(report.versions.captureSha256);
      expect(await page.locator('#trade-off circle').count()).toBe(1);

      const colours = await coloursOf(page, ['--received', '--fec', '--plc']);
      for (const pixels of colours) expect(pixels).toBeGreaterThan(20);
      // uPlot drew its lines.
      expect(await page.locator('.chart canvas').count()).toBe(1);
      await page.close();
    });

    it('has no text wider than a phone', async () => {
      const { page, complaints } = await open(recognized, 360);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('is gone through by keyboard, and says what stands under the cursor', async () => {
      const { page } = await open(recognized);
      await page.locator('#stage').focus();
      const reading = page.locator('.reading');
      expect(await reading.innerText()).toMatch(/^0:00\.0 · /);

      const shown = async (): Promise<string> => picture(page);
      const whole = await shown();
      await page.keyboard.press('+');
      await page.keyboard.press('+');
      await expect.poll(shown).not.toBe(whole);
      await page.keyboard.press('ArrowRight');
      await expect.poll(() => reading.innerText()).not.toMatch(/^0:00\.0 · /);
      await page.keyboard.press('End');
      await expect.poll(() => reading.innerText()).toMatch(/^0:(19|20)\.\d/);
      await page.keyboard.press('Home');
      await page.keyboard.press('0');
      await expect.poll(shown).toBe(whole);

      await page.keyboard.press('n');
      await expect
        .poll(() => page.locator('#stage').getAttribute('aria-valuetext'))
        .toMatch(/Concealed/);
      await page.close();
    });

    it('goes to a bad moment by its link', async () => {
      const { page } = await open(recognized);
      const before = await picture(page);
      await page.locator('.moments a').first().click();
      await expect.poll(() => picture(page)).not.toBe(before);
      expect(await page.evaluate('document.activeElement.id')).toBe('stage');
      await page.close();
    });

    it('plays all three takes', async () => {
      const { page, complaints } = await open(recognized);
      for (const take of ['arrived', 'in-time', 'repaired']) {
        const button = page.locator(`[data-take="${take}"]`);
        await button.click();
        await expect.poll(() => button.getAttribute('aria-pressed')).toBe('true');
        await expect.poll(() => page.locator('.playhead').isVisible()).toBe(true);
      }
      await page.locator('#stage').focus();
      await page.keyboard.press(' ');
      await expect.poll(() => page.locator('[aria-pressed="true"]').count()).toBe(0);
      expect(await page.locator('#timeline [role="status"]').innerText()).toBe('');
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('lets each take be heard as it is: holes, what was made up, and what repairs put there', async () => {
      const { page } = await open(recognized);
      await page.evaluate(`(() => {
      window.heard = [];
      const copy = AudioBuffer.prototype.copyToChannel;
      AudioBuffer.prototype.copyToChannel = function (samples, ...others) {
        window.heard.push(Array.from(samples));
        return copy.call(this, samples, ...others);
      };
    })()`);
      const takes: Record<string, Int16Array> = {};
      for (const take of ['arrived', 'in-time', 'repaired']) {
        await page.evaluate('window.heard.length = 0');
        await page.locator('#stage').focus();
        await page.keyboard.press('Home');
        await page.locator(`[data-take="${take}"]`).click();
        await expect.poll(() => page.evaluate('window.heard.length'), { timeout: 10_000 }).toBe(1);
        const samples: number[] = await page.evaluate('window.heard[0]');
        await page.locator(`[data-take="${take}"]`).click();
        // Three seconds, to 16 kHz.
        expect(samples).toHaveLength(3 * 48_000);
        takes[take] = Int16Array.from(
          { length: 48_000 },
          (_, at) => (samples[at * 3] ?? 0) * 32_767,
        );
      }
      await page.close();
      const { arrived, 'in-time': inTime, repaired } = takes as Record<string, Int16Array>;
      if (arrived === undefined || inTime === undefined || repaired === undefined)
        throw new Error();

      const truth = readWav(wavPath).pcm;
      const lines = linesOf(readFileSync(framesPath, 'utf8'));
      const place = ({ ts, durUs }: FrameLine): readonly [number, number] => [
        ts / 3,
        ts / 3 + (durUs * 16) / 1000,
      ];
      const inside = lines.filter((line) => place(line)[1] <= 47_000);
      const mended = inside.filter(({ version, from }) => version > 0 && from === 'received');
      expect(mended.length).toBeGreaterThan(3);
      let [before, after] = [0, 0];
      for (const [from, to] of mended.map(place)) {
        before += likeness(inTime.subarray(from, to), truth.subarray(from, to));
        after += likeness(repaired.subarray(from, to), truth.subarray(from, to));
      }
      expect(after / mended.length).toBeGreaterThan(0.8);
      expect(after).toBeGreaterThan(before);

      const late = inside.filter(({ version, from }) => version === 0 && from === 'plc');
      expect(late.length).toBeGreaterThan(3);
      for (const [from, to] of late.map(place)) {
        // A fade of 2 ms at the edges of a hole.
        expect(arrived.subarray(from + 32, to - 32).every((sample) => sample === 0)).toBe(true);
      }
      const start = inside.find(({ from }) => from === 'plc')?.ts ?? 48_000;
      const spoken = [0, start / 3 - 320] as const;
      expect(arrived.subarray(...spoken)).toEqual(inTime.subarray(...spoken));
      // In step to a millisecond: the resamplers of the codec take their part.
      const shifts = Array.from({ length: 65 }, (_, index) => index - 32);
      const alike = shifts.map((shift) =>
        likeness(
          inTime.subarray(100, spoken[1] - 100),
          truth.subarray(100 + shift, spoken[1] - 100 + shift),
        ),
      );
      const best = Math.max(...alike);
      expect(best).toBeGreaterThan(0.95);
      expect(Math.abs(shifts[alike.indexOf(best)] ?? 99)).toBeLessThanOrEqual(16);
      const gainDb =
        10 * Math.log10(energy(inTime.subarray(...spoken)) / energy(truth.subarray(...spoken)));
      expect(Math.abs(gainDb)).toBeLessThan(1);
    });

    it('recalculates the estimate from what is typed in', async () => {
      const { page } = await open(recognized);
      const result = page.locator('#e-model-result');
      const before = await result.innerText();
      await page.locator('input[name="bpl"]').fill('4.3');
      await expect.poll(() => result.innerText()).not.toBe(before);
      await page.close();
    });

    it('shows the name of a hostile file, and runs none of it', async () => {
      const { page, complaints } = await open(played);
      expect(await page.locator('.file b').innerText()).toContain('<img src=x onerror=alert(1)>');
      expect(await page.title()).toContain('<img src=x');
      expect(await page.locator('img').count()).toBe(0);
      expect(await page.locator('script').count()).toBe(4);
      expect(complaints).toEqual([]);
      await page.close();
    });

    it('shows what a listener heard: delay, target and buffer', async () => {
      const { page } = await open(played);
      expect(await page.locator('#timeline').innerText()).toContain('delay aimed at');
      expect(await page.locator('#ledger').innerText()).toContain('audio in the buffer');
      await page.close();
    });

    it('follows the theme it is told', async () => {
      const { page } = await open(recognized);
      const ground = (): Promise<string> =>
        page.evaluate('getComputedStyle(document.body).backgroundColor');
      const light = await ground();
      const whole = await picture(page);
      await page.getByRole('button', { name: 'Use the dark theme' }).click();
      await expect.poll(ground).not.toBe(light);
      await expect.poll(() => picture(page)).not.toBe(whole);
      await page.close();
    });
  },
);

/** Correlation of two sounds, 1 for the same. */
function likeness(one: Int16Array, other: Int16Array): number {
  const product = one.reduce((sum, sample, at) => sum + sample * (other[at] ?? 0), 0);
  return product / Math.sqrt(energy(one) * energy(other) + 1);
}

function energy(pcm: Int16Array): number {
  return pcm.reduce((sum, sample) => sum + sample * sample, 0);
}

/** The strip's pixels, as text to compare. */
async function picture(page: Page): Promise<string> {
  return await page.evaluate(`document.querySelector('.strip').toDataURL()`);
}

/** Pixels of the strip near each of the page's colours. */
async function coloursOf(page: Page, names: readonly string[]): Promise<number[]> {
  return await page.evaluate(`(() => {
    const canvas = document.querySelector('.strip');
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const probe = document.body.appendChild(document.createElement('i'));
    return ${JSON.stringify(names)}.map((name) => {
      probe.style.color = 'var(' + name + ')';
      const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map(Number);
      let pixels = 0;
      for (let at = 0; at < data.length; at += 4) {
        const far = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b);
        if (data[at + 3] > 200 && far < 24) pixels++;
      }
      return pixels;
    });
  })()`);
}
