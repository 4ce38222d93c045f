import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

export interface SecurityOptions {
  /** Origins other than the server's own whose pages may publish and watch; `*` for all. */
  readonly corsOrigins: readonly string[];
  /** Whether only requests that name this machine are answered. */
  readonly hosts: 'loopback-names' | 'any-name';
}

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
};

const EXPOSED = 'Location, ETag, Link, Accept-Post, Accept-Patch, Retry-After, Earshot-Participant';
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** Adds security headers and CORS to every answer, and refuses pages of other origins. */
export function addSecurity(app: FastifyInstance, options: SecurityOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(HEADERS);
    checkHost(request, options);
    refuseUpgrade(request);
    const { origin } = request.headers;
    const { corsOrigins } = options;
    if (origin === undefined) {
      refuseForeignEmbedding(request, corsOrigins);
      return;
    }
    reply.header('vary', 'Origin');
    if (isSameOrigin(request, origin)) return;
    if (!corsOrigins.includes('*') && !corsOrigins.includes(origin)) {
      // A WebSocket is not held back by CORS in the browser, so the server has to refuse.
      throw new HttpProblem(403, 'Pages of this origin are not allowed; see corsOrigins');
    }
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': EXPOSED,
      'cross-origin-resource-policy': 'cross-origin',
    });
  });
}

/** Headers of an answer to a CORS preflight (Fetch 3.2.3). */
export function preflightHeaders(methods: string): Readonly<Record<string, string>> {
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': 'Authorization, Content-Type, If-Match',
    'access-control-max-age': '600',
  };
}

// A page whose name was rebound to 127.0.0.1 is of the "same origin" but for the name it asks for.
function checkHost(request: FastifyRequest, { hosts }: SecurityOptions): void {
  if (hosts === 'any-name') return;
  const name = (request.headers.host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (!LOOPBACK_NAMES.includes(name)) {
    throw new HttpProblem(403, 'This server answers on this machine only, as localhost');
  }
}

/** An upgraded connection has left the HTTP parser and its timeouts: only a watcher may have one. */
function refuseUpgrade(request: FastifyRequest): void {
  if (request.headers.upgrade === undefined) return;
  if (request.routeOptions.url?.endsWith('/socket') === true && request.method === 'GET') return;
  throw new HttpProblem(400, 'Nothing here is upgraded but GET /rooms/:room/socket');
}

// An <img> or <script> of another page sends no Origin; it could read nothing, but would take a watcher's place.
function refuseForeignEmbedding(request: FastifyRequest, corsOrigins: readonly string[]): void {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode } = request.headers;
  const isForeign = site === 'cross-site' || site === 'same-site';
  if (!isForeign || mode === 'navigate' || corsOrigins.includes('*')) return;
  throw new HttpProblem(403, 'Pages of other origins may not embed this; see corsOrigins');
}

function isSameOrigin(request: FastifyRequest, origin: string): boolean {
  const host = request.headers.host ?? '';
  return origin === `http://${host}` || origin === `https://${host}`;
}
