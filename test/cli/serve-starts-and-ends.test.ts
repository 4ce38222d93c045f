import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runCli } from '../helpers/run-cli.js';
import { serve } from '../helpers/serve.js';

const QUIET = ['--recognizer', 'activity', '--log-level', 'silent'];

describe('earshot serve', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'prints its address, serves page and health there, and ends on %s with code 0',
    async (signal) => {
      const server = await serve(QUIET);
      try {
        const health = await fetch(`${server.url}/healthz`);
        expect(health.status).toBe(200);
        const page = await fetch(`${server.url}/`);
        expect(page.headers.get('content-type')).toContain('text/html');
        const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(await page.text()) ?? [];
        expect((await fetch(new URL(script, `${server.url}/`))).status).toBe(200);
      } finally {
        expect(await server.end(signal)).toBe(0);
      }
      await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
    },
  );

  it('says in one line how to get words when the recognizer gives none', async () => {
    const server = await serve(QUIET);
    expect(await server.end('SIGTERM')).toBe(0);
    expect(server.banner).toMatch(/^ {2}words .*To get words: sudo apt-get install .+$/m);
  });

  it('names the flag, not its variable, when a value is wrong', async () => {
    const { code, stderr } = await runCli(['serve', '--port', 'soon']);
    expect(stderr).toBe('earshot serve: Expected --port to be a number, got "soon"\n');
    expect(code).toBe(2);
  });

  it.each([
    [['--port', '70000'], 'Expected --port to be a number in 0..65535, got 70000 (number)'],
    [['--media-address', 'foo'], 'Expected --media-address to be an IP address, got foo (string)'],
  ])('names the flag, not its option: %j', async (words, says) => {
    const { code, stderr } = await runCli(['serve', ...words]);
    expect(stderr).toBe(`earshot serve: ${says}\n`);
    expect(code).toBe(2);
  });

  it('ends with code 1 and one line when the port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { code, stdout, stderr } = await runCli(['serve', '--port', String(port), ...QUIET]);
      expect(stderr).toMatch(/^earshot serve: .*EADDRINUSE.*\n$/);
      expect(stdout).toBe('');
      expect(code).toBe(1);
    } finally {
      other.close();
    }
  });
});
