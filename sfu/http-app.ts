import fastify, { type FastifyError, type FastifyInstance, LogController } from 'fastify';
import type { SfuConfig } from './config.js';
import type { Metrics } from './metrics.js';
import { HttpProblem, sendProblem } from './problem.js';
import { addSecurity } from './security.js';

/** Longest a request and its headers may take to arrive, ms; looked at this often. */
const REQUEST_TIMEOUT_MS = 15_000;
const HEADERS_TIMEOUT_MS = 10_000;
const TIMEOUT_CHECK_MS = 2000;
/** TCP connections: a browser opens up to six to one server. */
const CONNECTIONS_EACH = 6;
const SPARE_CONNECTIONS = 64;

/** The HTTP server before it has routes: its limits, its errors, and a log that does not say who spoke, or what. */
export function createHttpApp(config: SfuConfig, metrics: Metrics): FastifyInstance {
  const { limits } = config;
  const app: FastifyInstance = fastify({
    bodyLimit: limits.bodyLimitBytes,
    requestTimeout: REQUEST_TIMEOUT_MS,
    http: {
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    },
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    logController: new LogController({ disableRequestLogging: true }),
    logger: {
      level: config.logLevel,
      // No host name, and below no URL, address, body, header or message of an error.
      base: null,
      serializers: {
        req: ({ method }: { readonly method: string }) => ({ method }),
        res: ({ statusCode }: { readonly statusCode: number }) => ({ statusCode }),
        err: describeError,
      },
      ...(config.logDestination === undefined ? {} : { stream: config.logDestination }),
    },
  });
  app.server.maxConnections =
    CONNECTIONS_EACH * (limits.maxWatchers + limits.maxParticipants) + SPARE_CONNECTIONS;
  app.removeAllContentTypeParsers();
  const isLoopback = ['127.0.0.1', '::1', 'localhost'].includes(config.host);
  addSecurity(app, {
    corsOrigins: config.corsOrigins,
    hosts: isLoopback && config.tokens.length === 0 ? 'loopback-names' : 'any-name',
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    request.log.debug({
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      elapsedMs: Math.round(reply.elapsedTime),
    });
  });
  app.setNotFoundHandler(() => {
    throw new HttpProblem(404, 'There is nothing here');
  });
  app.setErrorHandler((error: FastifyError | HttpProblem, request, reply) => {
    const status = error instanceof HttpProblem ? error.status : (error.statusCode ?? 500);
    metrics.refused(status);
    if (error instanceof HttpProblem)
      return sendProblem(reply, status, error.message, error.headers);
    if (status < 500) return sendProblem(reply, status, error.message);
    request.log.error({ err: error }, 'request failed');
    return sendProblem(reply, 500, 'The server failed; its log says where');
  });
  return app;
}

/** Where an error came from. Its message gives way to its code: it may quote what a peer sent. */
function describeError(error: Error & { readonly code?: unknown }): {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
} {
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = typeof error.code === 'string' ? error.code : '';
  return { type: error.name, message: code, stack: frames.join('\n') };
}
