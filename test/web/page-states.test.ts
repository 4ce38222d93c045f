import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CHROMIUM,
  CHROMIUM_NEEDED,
  complaintsOf,
  type OpenBrowser,
  openBrowser,
  pictureColours,
} from './browser.js';
import { compilePage } from './compiled-page.js';
import { scriptedFrames, scriptedStats, scriptedTranscript } from './scripted-call.js';
import { ScriptedRoom } from './scripted-room.js';

describe.skipIf(CHROMIUM === undefined)(`the page, told what happens${CHROMIUM_NEEDED}`, () => {
  let folder: string;
  let browser: OpenBrowser;
  let room: ScriptedRoom;
  let page: Page;
  let complaints: string[];
  let url: string;

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
    url = await room.listen();
    page = await browser.context.newPage();
    complaints = complaintsOf(page);
  });

  afterEach(async () => {
    await page.close();
    await room.close();
  });

  const text = (selector: string): Promise<string> => page.locator(selector).innerText();
  const openPage = async (path = ''): Promise<void> => {
    await page.goto(url + path);
    await expect.poll(() => room.watchers).toBe(1);
  };

  it('teaches in one sentence, and its button is the first control the keyboard reaches', async () => {
    await openPage();

    expect(await page.locator('#lesson').isVisible()).toBe(true);
    expect(await text('#status-text')).toBe('Ready');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Skip to the words');
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').innerText()).toBe('Start');
    expect(complaints).toEqual([]);
  });

  it('replaces a partial by the next one and by its final, and takes the lesson away', async () => {
    await openPage();
    room.say({ type: 'participant-joined', participant: 'a', recognizer: 'pocketsphinx' });

    room.say(scriptedTranscript('a', 0, 'your cold', false));
    await expect.poll(() => text('#partials')).toBe('your cold');
    room.say(scriptedTranscript('a', 0, 'your call can', false));
    await expect.poll(() => text('#partials')).toBe('your call can');
    room.say(scriptedTranscript('a', 0, 'your call cannot be completed', true));

    await expect.poll(() => text('#finals')).toBe('your call cannot be completed');
    expect(await text('#partials')).toBe('');
    expect(await page.locator('#lesson').isVisible()).toBe(false);
  });

  it('marks the words whose audio was partly made up, and explains the mark', async () => {
    await openPage();
    const heard = (index: number): number => (index === 2 ? 0.5 : 1);

    room.say(scriptedTranscript('a', 0, 'your message has been saved', true, heard));

    await expect.poll(() => page.locator('#finals .faint-word').allInnerTexts()).toEqual(['has']);
    expect(await page.locator('#finals .faint-word').getAttribute('title')).toContain('50 %');
    expect(await page.locator('#faint-key').isVisible()).toBe(true);
  });

  it('shows words as text, whatever they look like', async () => {
    await openPage();

    room.say(scriptedTranscript('a', 0, '<img src=x onerror=alert(1)>', true));

    await expect.poll(() => text('#finals')).toBe('<img src=x onerror=alert(1)>');
    expect(await page.locator('#finals img').count()).toBe(0);
  });

  it('draws what every frame was made of, and what it amounts to', async () => {
    await openPage();

    room.say({ type: 'frames', participant: 'a', frames: scriptedFrames(0, 600) });

    await expect.poll(async () => (await pictureColours(page)).received).toBeGreaterThan(5000);
    const colours = await pictureColours(page);
    expect(colours.fec).toBeGreaterThan(50);
    expect(colours.plc).toBeGreaterThan(20);
    expect(colours.dtx).toBeGreaterThan(500);
    await expect.poll(() => text('#picture-caption')).toMatch(/95 % within \d+ ms/);
    expect(await text('#legend')).toMatch(/Concealed\s+\d+\.\d %/);
  });

  it('draws a frame anew when it was repaired', async () => {
    await openPage();
    const frames = scriptedFrames(0, 600);
    room.say({ type: 'frames', participant: 'a', frames });
    await expect.poll(async () => (await pictureColours(page)).plc).toBeGreaterThan(20);

    const repaired = frames
      .filter(({ provenance }) => provenance === 'plc')
      .map((frame) => ({ ...frame, provenance: 'received' as const }));
    room.say({ type: 'frames', participant: 'a', frames: repaired });

    await expect.poll(async () => (await pictureColours(page)).plc).toBe(0);
  });

  it('stacks the stages of the latency against the budget and says whether it is kept', async () => {
    await openPage();
    room.say({ type: 'participant-joined', participant: 'a', recognizer: 'pocketsphinx' });

    room.say(scriptedStats('a'));

    await expect
      .poll(() => text('#ledger-total'))
      .toBe('101 ms of 150 ms at the 95th percentile, within the budget');
    expect(await text('#ledger-note')).toContain('40 % of the audio');
    expect(await page.locator('#ledger .bar').count()).toBe(2);
    expect(await page.locator('#ledger tbody tr').count()).toBe(5);
    expect(await text('#counters')).toMatch(
      /Lost\s+17\s+Late\s+3\s+Duplicate\s+2\s+Concealed\s+1.4 %/,
    );
    expect(complaints).toEqual([]);
  });

  it('says how to get words where the server has no recognizer', async () => {
    await openPage();

    room.say({ type: 'participant-joined', participant: 'a', recognizer: 'activity' });

    await expect.poll(() => text('#notice')).toContain('sudo apt-get install');
    room.say({ type: 'speech', participant: 'a', state: 'start', atMs: 40 });
    await expect.poll(() => text('#recognizer')).toContain('speech');
  });

  it('says that the recognizer failed, and why', async () => {
    await openPage();

    room.say({ type: 'recognizer-failed', participant: 'a', message: 'The model is damaged' });

    await expect.poll(() => text('#notice')).toBe('The recognizer failed: The model is damaged');
  });

  it('names the speakers and lets one choose whose audio is shown, where there are several', async () => {
    await openPage();
    room.say({ type: 'participant-joined', participant: 'a', recognizer: 'pocketsphinx' });
    room.say({ type: 'participant-joined', participant: 'b', recognizer: 'pocketsphinx' });
    room.say(scriptedTranscript('b', 0, 'good morning', true));
    room.say(scriptedStats('b'));

    await expect.poll(() => text('#finals')).toBe('Speaker 2 good morning');
    expect(await text('#ledger-total')).toBe('');
    await page.getByRole('button', { name: 'Speaker 2' }).click();

    await expect.poll(() => text('#ledger-total')).toContain('within the budget');
    room.say({ type: 'participant-left', participant: 'b' });
    await expect.poll(() => page.locator('#speakers').isVisible()).toBe(false);
  });

  it('tells when events were dropped for it', async () => {
    await openPage();

    room.say({ type: 'dropped', events: 12 });

    await expect.poll(() => text('#counters')).toMatch(/Events missed by this page\s+12/);
  });

  it('says what to do when the browser refuses the microphone', async () => {
    await openPage();

    await page.getByRole('button', { name: 'Start' }).click();

    await expect.poll(() => text('#status-text')).toBe('No microphone');
    expect(await text('#status-detail')).toContain('Allow it beside the address bar');
    expect(await text('#talk')).toBe('Start');
  });

  it('gives the server’s own reason when it refuses the call', async () => {
    await browser.context.grantPermissions(['microphone']);
    room.whipAnswer = { status: 503, detail: 'The room holds 16 participants, its limit' };
    await openPage();

    await page.getByRole('button', { name: 'Start' }).click();

    await expect.poll(() => text('#status-text')).toBe('Refused by the server');
    expect(await text('#status-detail')).toContain('The room holds 16 participants, its limit');
    await browser.context.clearPermissions();
  });

  it('asks for a token where the server wants one', async () => {
    room.eventsStatus = 401;
    await page.goto(url);

    await expect.poll(() => text('#status-text')).toBe('Token needed');

    expect(await page.getByLabel('Access token').isVisible()).toBe(true);
  });

  it('says that the server is gone, and comes back by itself', async () => {
    await openPage();
    const port = Number(new URL(url).port);

    await room.close();
    await expect.poll(() => text('#status-text')).toBe('Server gone');
    room = new ScriptedRoom(folder);
    await room.listen(port);

    await expect.poll(() => text('#status-text'), { timeout: 10_000 }).toBe('Ready');
  });

  it('fits a narrow and a wide screen', async () => {
    for (const width of [360, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await openPage();
      room.say({ type: 'frames', participant: 'a', frames: scriptedFrames(0, 600) });
      room.say(scriptedStats('a'));
      await expect.poll(() => text('#ledger-total')).toContain('within');

      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await page.goto('about:blank');
      await expect.poll(() => room.watchers).toBe(0);
    }
  });
});
