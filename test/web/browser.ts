import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const PLACES = [
  process.env.EARSHOT_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

/** The browser that tests drive; undefined where the machine has none. */
export const CHROMIUM: string | undefined = PLACES.find(
  (place) => place !== undefined && existsSync(place),
);
/** For the titles of tests that are skipped. */
export const CHROMIUM_NEEDED: string =
  CHROMIUM === undefined ? ' (skipped: no Chromium; sudo apt-get install -y chromium)' : '';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface OpenBrowser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts a headless Chromium with a profile of its own, which is gone when it is disposed. */
export async function openBrowser(
  options: {
    readonly arguments?: readonly string[];
    readonly microphone?: 'allowed' | 'denied';
  } = {},
): Promise<OpenBrowser> {
  if (CHROMIUM === undefined) throw new Error('No Chromium was found');
  const profile = await mkdtemp(join(tmpdir(), 'earshot-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM,
    headless: true,
    args: [...ARGUMENTS, ...(options.arguments ?? [])],
    permissions: options.microphone === 'allowed' ? ['microphone'] : [],
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** What a page complains about: exceptions, and console errors such as breaches of its content security policy. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // A refused or missing answer is logged by the browser itself; tests look at what the page makes of it.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) {
      complaints.push(message.text());
    }
  });
  return complaints;
}

// Runs in the page: how many pixels of the canvas have the colour of each CSS variable.
const COUNT_COLOURS = `(() => {
  const canvas = document.getElementById('picture');
  const style = getComputedStyle(canvas);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const names = ['received', 'fec', 'plc', 'dtx'];
  const wanted = names.map((name) => {
    const hex = style.getPropertyValue('--' + name).trim();
    return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  });
  const counts = Object.fromEntries(names.map((name) => [name, 0]));
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 200) continue;
    wanted.forEach(([r, g, b], index) => {
      const far = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b);
      if (far < 24) counts[names[index]] += 1;
    });
  }
  return counts;
})()`;

/** Pixels of the live picture by what they stand for. */
export async function pictureColours(
  page: Page,
): Promise<Readonly<Record<'received' | 'fec' | 'plc' | 'dtx', number>>> {
  return await page.evaluate(COUNT_COLOURS);
}
