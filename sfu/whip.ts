import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Authorizer } from './auth.js';
import { HttpProblem } from './problem.js';
import { checkRoomName, type Rooms } from './rooms.js';
import { parseIceFragment } from './sdp-fragment.js';
import { SdpError } from './sdp-lines.js';
import { parseAudioOffer } from './sdp-offer.js';
import { preflightHeaders } from './security.js';
import type { WhipSession, WhipSessions } from './whip-sessions.js';

interface EndpointRequest {
  readonly Params: { readonly room: string };
}

interface SessionRequest {
  readonly Params: { readonly room: string; readonly session: string };
}

const SDP = 'application/sdp';
const SDP_FRAGMENT = 'application/trickle-ice-sdpfrag';

export interface WhipRoutes {
  readonly rooms: Rooms;
  readonly sessions: WhipSessions;
  readonly authorizer: Authorizer;
}

/** WHIP ingest (RFC 9725): `POST /whip/:room` opens a session, its Location takes PATCH and DELETE. */
export function addWhipRoutes(app: FastifyInstance, routes: WhipRoutes): void {
  for (const type of [SDP, SDP_FRAGMENT]) {
    app.addContentTypeParser(type, { parseAs: 'string' }, (_request, body, done) =>
      done(null, body),
    );
  }
  addEndpoint(app, routes);
  addSession(app, routes);
}

function addEndpoint(app: FastifyInstance, { rooms, sessions, authorizer }: WhipRoutes): void {
  const url = '/whip/:room';
  app.post<EndpointRequest>(
    url,
    {
      onRequest: async (request) => {
        authorizer.check(request);
        checkRoomName(request.params.room);
        rooms.checkParticipantFits(request.params.room);
      },
    },
    async (request, reply) => {
      const offer = readSdp(() => parseAudioOffer(bodyOf(request, SDP)));
      const { room } = request.params;
      const { session, answerSdp } = await sessions.open(room, offer);
      return reply
        .code(201)
        .headers({
          location: `/whip/${room}/${session.id}`,
          etag: session.etag,
          'accept-patch': SDP_FRAGMENT,
          'earshot-participant': session.participant.id,
        })
        .type(SDP)
        .send(answerSdp);
    },
  );
  app.options(url, async (_request, reply) =>
    reply
      .code(200)
      .headers({ ...preflightHeaders('POST, OPTIONS'), allow: 'OPTIONS, POST', 'accept-post': SDP })
      .send(),
  );
  refuseOtherMethods(app, url, ['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'], 'OPTIONS, POST');
}

function addSession(app: FastifyInstance, { sessions, authorizer }: WhipRoutes): void {
  const url = '/whip/:room/:session';
  const find = (request: FastifyRequest<SessionRequest>): WhipSession => {
    const { room, session: id } = request.params;
    const session = sessions.find(room, id);
    if (session === undefined)
      throw new HttpProblem(404, 'There is no such session; it may have ended');
    return session;
  };
  const onRequest = async (request: FastifyRequest<SessionRequest>): Promise<void> => {
    authorizer.check(request);
    find(request);
  };

  app.patch<SessionRequest>(url, { onRequest }, async (request, reply) => {
    const session = find(request);
    const body = bodyOf(request, SDP_FRAGMENT);
    checkPrecondition(request.headers['if-match'], session.etag);
    const fragment = readSdp(() => parseIceFragment(body));
    if (fragment.iceUfrag !== undefined && fragment.iceUfrag !== session.iceUfrag) {
      // RFC 9725 4.3.1: 422 where trickle ICE is supported and restarts are not; the session goes on.
      throw new HttpProblem(422, 'ICE restarts are not supported; open a new session');
    }
    await session.participant.addCandidates(fragment.candidates);
    return reply.code(204).send();
  });
  app.delete<SessionRequest>(url, { onRequest }, async (request, reply) => {
    await find(request).participant.hangUp();
    return reply.code(200).send();
  });
  app.options(url, async (_request, reply) =>
    reply
      .code(200)
      .headers({
        ...preflightHeaders('PATCH, DELETE, OPTIONS'),
        allow: 'DELETE, OPTIONS, PATCH',
        'accept-patch': SDP_FRAGMENT,
        'accept-post': SDP,
      })
      .send(),
  );
  refuseOtherMethods(app, url, ['GET', 'HEAD', 'POST', 'PUT'], 'DELETE, OPTIONS, PATCH');
}

/** RFC 9725 4.2: every other method is kept for later versions of the protocol. */
function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  method: string[],
  allow: string,
): void {
  const refuse = async (_request: FastifyRequest, _reply: FastifyReply): Promise<never> => {
    throw new HttpProblem(405, `Use one of ${allow}`, { allow });
  };
  app.route({ method, url, onRequest: refuse, handler: refuse });
}

function bodyOf(request: FastifyRequest, type: string): string {
  const [given = ''] = (request.headers['content-type'] ?? '').split(';', 1);
  if (given.trim().toLowerCase() !== type) {
    throw new HttpProblem(415, `The body must be of type ${type}`);
  }
  if (typeof request.body !== 'string' || request.body === '') {
    throw new HttpProblem(400, 'The body is empty');
  }
  return request.body;
}

function readSdp<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SdpError) throw new HttpProblem(error.status, error.message);
    throw error;
  }
}

// RFC 9110 13.1.1: strong comparison; RFC 6585 3 where the condition is missing.
function checkPrecondition(ifMatch: string | undefined, etag: string): void {
  if (ifMatch === undefined) {
    throw new HttpProblem(428, 'If-Match must give the ETag of the session');
  }
  if (ifMatch.trim() === '*') return;
  if (ifMatch.split(',').some((tag) => tag.trim() === etag)) return;
  throw new HttpProblem(412, 'If-Match does not give the ETag of the session');
}
