import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

const PLACES = [process.env.EARSHOT_FIREFOX, '/usr/bin/firefox-esr', '/usr/bin/firefox'];

/** The Firefox that tests drive; undefined where the machine has none. */
export const FIREFOX: string | undefined = PLACES.find(
  (place) => place !== undefined && existsSync(place),
);
/** For the titles of tests that are skipped. */
export const FIREFOX_NEEDED: string =
  FIREFOX === undefined ? ' (skipped: no Firefox; sudo apt-get install -y firefox-esr)' : '';

/** A tone for a microphone, sound without a gesture, and no calls to its maker. */
const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.homepage_override.mstone': 'ignore',
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.enabled': false,
  'app.normandy.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'extensions.update.enabled': false,
  'services.settings.server': 'data:,',
};

/** What a command of WebDriver BiDi gives, of which tests take what they need. */
type Result = Readonly<Record<string, unknown>>;

/** A page in Firefox, driven by WebDriver BiDi (W3C); playwright drives only a Firefox of its own. */
export class FirefoxPage implements AsyncDisposable {
  readonly #firefox: ChildProcess;
  readonly #profile: string;
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: Result) => void>();
  readonly #complaints: string[] = [];
  #context = '';
  #commands = 0;

  static async open(): Promise<FirefoxPage> {
    if (FIREFOX === undefined) throw new Error('No Firefox was found');
    const profile = await mkdtemp(join(tmpdir(), 'earshot-firefox-'));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    await writeFile(join(profile, 'user.js'), lines.join(''));
    const firefox = spawn(
      FIREFOX,
      ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'],
      {
        stdio: ['ignore', 'ignore', 'pipe'],
        env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' },
      },
    );
    const socket = new WebSocket(`${await addressOf(firefox)}/session`);
    await once(socket, 'open');
    const page = new FirefoxPage(firefox, profile, socket);
    await page.#begin();
    return page;
  }

  private constructor(firefox: ChildProcess, profile: string, socket: WebSocket) {
    this.#firefox = firefox;
    this.#profile = profile;
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data))));
  }

  /** Exceptions and errors that pages logged. */
  get complaints(): readonly string[] {
    return this.#complaints;
  }

  async goto(url: string): Promise<void> {
    await this.#send('browsingContext.navigate', { context: this.#context, url, wait: 'complete' });
  }

  async setViewportSize(width: number, height: number): Promise<void> {
    const viewport = { width, height };
    await this.#send('browsingContext.setViewport', { context: this.#context, viewport });
  }

  /** The value of an expression, which must be JSON; a promise is waited for. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#send('script.evaluate', {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    const { value } = result as { value?: string };
    return (value === undefined ? undefined : JSON.parse(value)) as T;
  }

  /** Puts a finger down in the middle of an element, `alongRatio` of its width from the left, and lifts it. */
  async tap(selector: string, alongRatio = 0.5): Promise<void> {
    const [x, y] = await this.evaluate<[number, number]>(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const { left, top, width, height } = element.getBoundingClientRect();
      return [Math.round(left + width * ${alongRatio}), Math.round(top + height / 2)];
    })()`);
    await this.#send('input.performActions', {
      context: this.#context,
      actions: [
        {
          type: 'pointer',
          id: 'finger',
          parameters: { pointerType: 'touch' },
          actions: [
            { type: 'pointerMove', x, y },
            { type: 'pointerDown', button: 0 },
            { type: 'pause', duration: 60 },
            { type: 'pointerUp', button: 0 },
          ],
        },
      ],
    });
  }

  /** Whether this machine has anything to play sound on; where it has not, Firefox's audio graphs stand still. */
  hasSound(): Promise<boolean> {
    return this.evaluate(`(async () => {
      const context = new AudioContext();
      const limit = new Promise((resolve) => setTimeout(resolve, 3000));
      await Promise.race([context.resume(), limit]);
      const isRunning = context.state === 'running';
      context.close();
      return isRunning;
    })()`);
  }

  /** The whole page as PNG. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#send('browsingContext.captureScreenshot', {
      context: this.#context,
      origin: 'document',
    });
    return Buffer.from(String(data), 'base64');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    if (this.#firefox.exitCode === null && this.#firefox.signalCode === null) {
      const ended = once(this.#firefox, 'exit');
      this.#firefox.kill('SIGTERM');
      await ended;
    }
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #begin(): Promise<void> {
    await this.#send('session.new', { capabilities: {} });
    await this.#send('session.subscribe', { events: ['log.entryAdded'] });
    const { context } = await this.#send('browsingContext.create', { type: 'tab' });
    this.#context = String(context);
  }

  #send(method: string, params: object): Promise<Result> {
    const id = ++this.#commands;
    this.#socket.send(JSON.stringify({ id, method, params }));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, (answer) => {
        if (answer.type === 'success') resolve(answer.result as Result);
        else reject(new Error(`${method}: ${answer.error}: ${answer.message}`));
      });
    });
  }

  #take(message: Result): void {
    const { id, method, params } = message;
    if (typeof id === 'number') {
      this.#waiting.get(id)?.(message);
      this.#waiting.delete(id);
    } else if (method === 'log.entryAdded') {
      const { level, text } = params as { level: string; text: string };
      if (level === 'error') this.#complaints.push(text);
    }
  }
}

/** Where it listens, which it says on stderr. */
async function addressOf(firefox: ChildProcess): Promise<string> {
  if (firefox.stderr === null) throw new Error('Firefox has no stderr');
  for await (const line of createInterface({ input: firefox.stderr })) {
    const [, address] = /listening on (ws:\/\/\S+)/.exec(line) ?? [];
    if (address === undefined) continue;
    // What it writes later must not fill the pipe.
    firefox.stderr.resume();
    return address;
  }
  throw new Error('Firefox ended before it listened');
}
