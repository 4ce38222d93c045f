import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.js';

/** Decides who may publish and watch. */
export interface Authorizer {
  /** @throws {HttpProblem} 401 unless the request carries a configured Bearer token */
  check(request: FastifyRequest): void;
  /** As `check`, and takes the token as `?access_token=` too: browsers can set no header on EventSource and WebSocket. */
  checkWatcher(request: FastifyRequest): void;
}

/** @param tokens - any one of them is accepted; none leaves the server open */
export function createAuthorizer(tokens: readonly string[]): Authorizer {
  const digests = tokens.map(digest);
  const accepts = (token: string): boolean => {
    const candidate = digest(token);
    // Every digest is compared, each in constant time: the answer's delay tells nothing.
    return digests.reduce((found, known) => timingSafeEqual(known, candidate) || found, false);
  };
  const require = (token: string | undefined): void => {
    if (digests.length === 0) return;
    if (token === undefined) {
      throw new HttpProblem(401, 'A Bearer token is needed', {
        'www-authenticate': 'Bearer realm="earshot"',
      });
    }
    if (!accepts(token)) {
      throw new HttpProblem(401, 'The Bearer token is not known here', {
        'www-authenticate': 'Bearer realm="earshot", error="invalid_token"',
      });
    }
  };
  return {
    check: (request) => require(bearerToken(request)),
    checkWatcher: (request) => require(bearerToken(request) ?? queryToken(request)),
  };
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

// RFC 6750 2.1
function bearerToken(request: FastifyRequest): string | undefined {
  return /^Bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(request.headers.authorization ?? '')?.[1];
}

// RFC 6750 2.3; the server logs no URLs.
function queryToken(request: FastifyRequest): string | undefined {
  const { query } = request;
  if (typeof query !== 'object' || query === null || !('access_token' in query)) return undefined;
  return typeof query.access_token === 'string' ? query.access_token : undefined;
}
