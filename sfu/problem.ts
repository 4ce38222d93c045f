import type { FastifyReply } from 'fastify';

/** A request that is answered with an error, as a problem document (RFC 9457). */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, detail: string, headers: Readonly<Record<string, string>> = {}) {
    super(detail);
    this.status = status;
    this.headers = headers;
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  428: 'Precondition Required',
  503: 'Service Unavailable',
};

export function sendProblem(
  reply: FastifyReply,
  status: number,
  detail: string,
  headers: Readonly<Record<string, string>> = {},
): FastifyReply {
  const title = TITLES[status] ?? (status < 500 ? 'Request Refused' : 'Internal Server Error');
  return reply
    .code(status)
    .headers(headers)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(JSON.stringify({ title, status, detail, message: detail })));
}

/** Seconds after which a full server may be asked again. */
const RETRY_AFTER_SECONDS = '5';

export function unavailable(detail: string): HttpProblem {
  return new HttpProblem(503, detail, { 'retry-after': RETRY_AFTER_SECONDS });
}
