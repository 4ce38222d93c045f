import type { FastifyInstance } from 'fastify';
import type { Authorizer } from './auth.js';
import type { Metrics } from './metrics.js';
import { unavailable } from './problem.js';
import type { Rooms } from './rooms.js';

export interface OperationRoutes {
  readonly rooms: Rooms;
  readonly metrics: Metrics;
  readonly authorizer: Authorizer;
}

/** `/healthz` (the process runs), `/readyz` (it takes new sessions), `/metrics` (Prometheus). */
export function addOperationRoutes(
  app: FastifyInstance,
  { rooms, metrics, authorizer }: OperationRoutes,
): void {
  app.get('/healthz', async (_request, reply) => reply.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, reply) => {
    if (rooms.isDraining) throw unavailable('The server is closing');
    return reply.type('text/plain').send('ready\n');
  });
  app.get(
    '/metrics',
    { onRequest: async (request) => authorizer.check(request) },
    async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()),
  );
}
