import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { createServer } from '../../sfu/index.js';
import { compilePage } from './compiled-page.js';
import { FIREFOX, FIREFOX_NEEDED, FirefoxPage } from './firefox.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

describe.skipIf(FIREFOX === undefined)(`the live page in Firefox${FIREFOX_NEEDED}`, () => {
  beforeAll(async () => {
    // The server serves the page from the build's own folder.
    await compilePage(join(ROOT, 'dist/sfu/web'));
  });

  it('publishes the microphone, and shows what it was made of and how loud it is', {
    timeout: 60_000,
  }, async (ctx) => {
    const mediaAddress = networkAddress();
    if (mediaAddress === undefined) return ctx.skip('Firefox sends nothing over loopback');
    await using server = await open({ mediaAddress });
    await using page = await FirefoxPage.open();
    await page.setViewportSize(360, 800);
    await page.goto(`${server.url}/?room=firefox`);
    await page.tap('#talk');

    const textOf = (id: string): Promise<string> =>
      page.evaluate(`document.getElementById('${id}').innerText`);
    await expect.poll(() => textOf('status-text'), { timeout: 20_000 }).toBe('Live');
    await expect.poll(() => textOf('counters'), { timeout: 20_000 }).toMatch(/Received\s+\d{2}/);
    expect(await textOf('legend')).toMatch(/Received/);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);

    const hasSound = await page.hasSound();
    if (hasSound) {
      const meter = `document.getElementById('meter').getBoundingClientRect().width`;
      await expect.poll(() => page.evaluate(meter), { timeout: 10_000 }).toBeGreaterThan(20);
    }
    await page.tap('#talk');
    await expect.poll(() => textOf('status-text')).toBe('Ready');
    expect(page.complaints).toEqual([]);
    if (!hasSound) ctx.skip('the meter was not looked at: this machine has no sound output');
  });

  it('says what to do where the server takes media on loopback alone', {
    timeout: 60_000,
  }, async () => {
    await using server = await open({ mediaAddress: '127.0.0.1' });
    await using page = await FirefoxPage.open();
    await page.goto(`${server.url}/?room=firefox`);
    await page.tap('#talk');

    const detail = `document.getElementById('status-detail').textContent`;
    await expect
      .poll(() => page.evaluate(detail), { timeout: 40_000 })
      .toMatch(/^The server takes media at 127\.0\.0\.1 only, .*EARSHOT_MEDIA_ADDRESS/);
  });
});

async function open({ mediaAddress }: { mediaAddress: string }): Promise<OpenServer> {
  const recognizer = { name: 'activity' };
  const server = await createServer({ port: 0, mediaAddress, logLevel: 'error', recognizer });
  return { url: server.url, [Symbol.asyncDispose]: () => server.close() };
}

interface OpenServer extends AsyncDisposable {
  readonly url: string;
}

function networkAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((one) => one ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
