import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { JobDefinition } from '../core/job.ts';
import type { Platform } from './context.server.ts';
import { hmacBase64, sameText } from './crypto.server.ts';
import { passwordDoor } from './ops-door.server.ts';
import { opsPage, STYLE } from './ops-page.server.ts';

const MOST_BYTES = 4_096;
const FAILURES = 50;

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

type Answer = { status: number; text: string; headers?: Record<string, string> };

const retryForm = z.object({ token: z.string(), job: z.string(), id: z.string().min(1).max(300) });

/**
 * `/ops/queues` for operators: counts of each kind of job, the last failures, and a button that puts one back in line.
 * The same page for both engines. To be mounted at its path, and only where a password is set.
 */
export function opsBoard(
  platform: Pick<Platform, 'queue' | 'log'>,
  options: { password: string; jobs: readonly Pick<JobDefinition, 'name' | 'lane'>[] },
): (request: IncomingMessage, response: ServerResponse) => void {
  const { board } = platform.queue;
  const admit = passwordDoor(options.password);
  const lanes = new Map(options.jobs.map(({ name, lane }) => [name, lane]));
  const names = [...lanes.keys()];
  // Browsers send the password along with whatever another site makes them post; this they cannot know.
  const token = hmacBase64(options.password, Buffer.from('storebook ops board'));

  const page = async (): Promise<Answer> => {
    const [queues, failures] = await Promise.all([board.look(names), board.failures(names, FAILURES)]);
    const text = opsPage({ engine: board.engine, at: new Date(), lanes, queues, failures, token });
    return { status: 200, text, headers: { 'content-type': 'text/html; charset=utf-8' } };
  };
  const retry = async (request: IncomingMessage): Promise<Answer> => {
    const body = await readText(request);
    if (body === null) return { status: 413, text: 'too large', headers: { connection: 'close' } };
    const form = retryForm.safeParse(Object.fromEntries(new URLSearchParams(body)));
    if (!form.success) return { status: 400, text: 'not a form of this page' };
    if (!sameText(form.data.token, token)) return { status: 403, text: 'not from this page' };
    if (!lanes.has(form.data.job)) return { status: 404, text: 'no such job' };
    const { job, id } = form.data;
    if (!(await board.retry(job, id))) return { status: 404, text: 'no such failed job' };
    platform.log.info({ job, id }, 'an operator put a failed job back in line');
    return { status: 303, text: '', headers: { location: '/ops/queues' } };
  };
  const answerTo = async (request: IncomingMessage): Promise<Answer> => {
    const admission = admit(request);
    if (admission === 'too-many') return { status: 429, text: 'too many tries', headers: { 'retry-after': '60' } };
    if (admission === 'no')
      return { status: 401, text: 'password?', headers: { 'www-authenticate': 'Basic realm="queues", charset="UTF-8"' } };
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/' || path === '') return request.method === 'GET' ? page() : { status: 405, text: 'GET', headers: { allow: 'GET' } };
    if (path === '/retry') return request.method === 'POST' ? retry(request) : { status: 405, text: 'POST', headers: { allow: 'POST' } };
    return { status: 404, text: 'nothing here' };
  };

  return (request, response) => {
    const send = ({ status, text, headers }: Answer): void => {
      response.writeHead(status, { 'content-type': 'text/plain', ...HEADERS, ...headers }).end(text);
    };
    answerTo(request).then(send, (error: unknown) => {
      platform.log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'the board of queues failed');
      send({ status: 503, text: 'the job engine does not answer' });
    });
  };
}

/** The body, or null when it is too large. */
function readText(request: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MOST_BYTES) chunks.push(chunk);
      else {
        request.pause();
        resolve(null);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.on('error', reject);
  });
}
