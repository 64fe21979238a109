import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../../platform/read-body.server.ts';
import type { Services } from '../services.server.ts';

/** A request as a door sees it: read within bounds, nothing of it trusted yet. */
export type Arrival = {
  /** With its "?"; '' where there is none. */
  readonly query: string;
  readonly body: Buffer;
  readonly address: string;
  /** A header that came exactly once; '' otherwise. */
  readonly header: (name: string) => string;
};

/** What a door says: the outcome is counted, and is all that a refusal tells. */
export type Answer = {
  readonly outcome: string;
  readonly status: number;
  readonly json?: unknown;
  /** A page instead. */
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Door = {
  readonly name:
    | 'app-proxy'
    | 'customer-account'
    | 'member-proxy'
    | 'programme-proxy'
    | 'member-account'
    | 'redeem-proxy'
    | 'redeem-account'
    | 'flow'
    | 'pixel'
    | 'unsubscribe'
    | 'events'
    | 'mail-reports';
  /** The one path, to the letter: no trailing slash, no other case, nothing decoded. */
  readonly path: string;
  readonly method: 'GET' | 'POST';
  /** Whether pages of other origins may call it (and read its answer); never with credentials. */
  readonly cors: boolean;
  readonly mostBytes: number;
  /** Refuses before the body is read. */
  before?(arrival: Omit<Arrival, 'body'>): Answer | null;
  receive(arrival: Arrival): Promise<Answer>;
};

export type DoorLimits = { /** Milliseconds in which a body must be there. */ readonly bodyMs: number };

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-max-age': '7200',
};
const refusal = (status: number, outcome: string, headers: Record<string, string> = {}): Answer => ({ outcome, status, headers });
/** What is not read stays on the wire; the connection cannot be used again. */
const CLOSE = { connection: 'close' };

/** A client's request as Express leaves it (its `ip` honours TRUST_PROXY). */
export type DoorRequest = IncomingMessage & { readonly originalUrl: string; readonly ip?: string | undefined };

/** Serves doors on the paths below which Express mounts this; everything else below them is 404. */
export function doorHandler(
  services: Pick<Services, 'platform' | 'metrics'>,
  doors: readonly Door[],
  limits: DoorLimits,
): (request: DoorRequest, response: ServerResponse) => void {
  const { platform, metrics } = services;
  return (request, response) => {
    const at = request.originalUrl.indexOf('?');
    const path = at < 0 ? request.originalUrl : request.originalUrl.slice(0, at);
    // Two doors of one path differ in their method.
    const there = doors.filter((one) => one.path === path);
    const door = there.find((one) => one.method === request.method) ?? there[0];
    const respond = (answer: Answer): void => {
      metrics.doors.inc({ door: door?.name ?? 'none', outcome: answer.outcome });
      send(response, answer, door);
    };
    if (!door) return respond(refusal(404, 'no-such-door', hasBody(request) ? CLOSE : {}));
    visit(door, request, { query: at < 0 ? '' : request.originalUrl.slice(at), bodyMs: limits.bodyMs }).then(
      (answer) => {
        if (answer) respond(answer);
      },
      (error: unknown) => {
        platform.log.error({ door: door.name, problem: error instanceof Error ? error.name : 'unknown' }, 'a door could not answer');
        respond(refusal(503, 'unavailable'));
      },
    );
  };
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** What of a request's frame is refused before anybody looks into it. */
function frameProblem(door: Door, request: DoorRequest): Answer | null {
  const body = hasBody(request);
  if (request.method === 'OPTIONS' && door.cors) return refusal(204, 'preflight', body ? CLOSE : {});
  if (request.method !== door.method) return refusal(405, 'bad-method', { allow: door.method, ...(body ? CLOSE : {}) });
  if (door.method === 'GET' && body) return refusal(400, 'unexpected-body', CLOSE);
  // Nobody who is meant to come packs a body; what unpacks to more than it is stays packed.
  if ((request.headers['content-encoding'] ?? 'identity') !== 'identity') return refusal(415, 'packed', CLOSE);
  return null;
}

/** @returns null when the sender went away. */
async function visit(door: Door, request: DoorRequest, known: { query: string; bodyMs: number }): Promise<Answer | null> {
  const problem = frameProblem(door, request);
  if (problem) return problem;
  const arrival = {
    query: known.query,
    address: request.ip ?? '',
    header: (name: string): string => {
      const values = request.headersDistinct[name] ?? [];
      return values.length === 1 ? (values[0] ?? '') : '';
    },
  };
  const early = door.before?.(arrival);
  if (early) return { ...early, headers: { ...early.headers, ...(hasBody(request) ? CLOSE : {}) } };
  if (door.method === 'GET') return door.receive({ ...arrival, body: Buffer.alloc(0) });
  const body = await readBody(request, { most: door.mostBytes, withinMs: known.bodyMs });
  if (body.kind === 'broken-off') return null;
  if (body.kind === 'too-large') return refusal(413, 'too-large', CLOSE);
  if (body.kind === 'too-slow') return refusal(408, 'too-slow', CLOSE);
  return door.receive({ ...arrival, body: body.bytes });
}

function send(response: ServerResponse, answer: Answer, door: Door | undefined): void {
  const empty = answer.status === 204 || answer.status === 304;
  response.writeHead(answer.status, {
    'cache-control': 'no-store',
    ...(empty ? {} : { 'content-type': answer.html === undefined ? 'application/json' : 'text/html; charset=utf-8' }),
    ...(door?.cors ? { ...CORS, 'access-control-allow-methods': `${door.method}, OPTIONS` } : {}),
    ...answer.headers,
  });
  if (empty) response.end();
  else response.end(answer.html ?? JSON.stringify(answer.json ?? { error: answer.outcome }));
}
