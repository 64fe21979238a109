/**
 * The load generator of the door's bench, in a thread of its own: keep-alive connections that each send the next webhook
 * as soon as the last one is answered. It writes ready-made bytes to plain sockets, because every microsecond that it
 * takes is one that the server does not get on a machine of few cores.
 */
import { once } from 'node:events';
import net from 'node:net';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { webhookHeaders } from '../tests/support/signed-webhook.ts';
import { orderBody } from './order-bodies.ts';

const task = z.object({
  port: z.int(),
  shop: z.string(),
  secret: z.string(),
  connections: z.int(),
  /** Answers of the first milliseconds are not measured. */
  warmMs: z.number(),
  measureMs: z.number(),
  /** Sets the webhook ids of this round apart from all others. */
  round: z.string(),
});
export type LoadTask = z.infer<typeof task>;

const result = z.object({
  /** All requests that were answered with 200, the warm-up's included. */
  accepted: z.int(),
  perSecond: z.number(),
  /** From the first byte out to the last byte in, of each request that ended within the measured time. */
  latenciesMs: z.array(z.number()),
});
export type LoadResult = z.infer<typeof result>;

/** Runs the load in a thread. @throws when any request was answered with something else than 200. */
export async function runLoad(options: LoadTask): Promise<LoadResult> {
  const worker = new Worker(new URL(import.meta.url), { workerData: options, execArgv: ['--no-warnings'] });
  try {
    const messages: unknown[] = await once(worker, 'message');
    return result.parse(messages[0]);
  } finally {
    await worker.terminate();
  }
}

const BODIES = 300;

type Prepared = { head: string; body: Buffer };

/** Signed requests but for their webhook id, which the signature does not cover. */
function prepare({ shop, secret, port }: LoadTask): Prepared[] {
  return Array.from({ length: BODIES }, (_, number) => {
    const body = Buffer.from(orderBody(number));
    const { 'x-shopify-webhook-id': _id, ...headers } = webhookHeaders({ topic: 'orders/create', shop, secret, body });
    const lines = Object.entries({ host: `127.0.0.1:${port}`, 'content-length': String(body.length), ...headers });
    return { head: `POST /webhooks HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`, body };
  });
}

/** The status of an answer when all of it has come; 0 until then. The two servers answer by length or in chunks. */
function statusOf(answer: string): number {
  const headEnd = answer.indexOf('\r\n\r\n');
  if (headEnd === -1) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, headEnd))?.[1];
  const isWhole = length === undefined ? answer.endsWith('0\r\n\r\n') : answer.length >= headEnd + 4 + Number(length);
  return isWhole ? Number(answer.slice(9, 12)) : 0;
}

async function load(options: LoadTask): Promise<LoadResult> {
  const prepared = prepare(options);
  const latenciesMs: number[] = [];
  const started = performance.now();
  const [from, until] = [started + options.warmMs, started + options.warmMs + options.measureMs];
  let sent = 0;
  let accepted = 0;

  const connection = async (): Promise<void> => {
    const socket = net.connect(options.port, '127.0.0.1').setNoDelay(true);
    await once(socket, 'connect');
    await new Promise<void>((resolve, reject) => {
      let at = 0;
      let answer = '';
      const next = (): void => {
        at = performance.now();
        if (at >= until) {
          socket.end();
          resolve();
          return;
        }
        answer = '';
        const { head, body } = prepared[sent % BODIES] ?? { head: '', body: Buffer.alloc(0) };
        sent += 1;
        socket.cork();
        socket.write(`${head}x-shopify-webhook-id: ${options.round}${sent}\r\n\r\n`, 'latin1');
        socket.write(body);
        socket.uncork();
      };
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('the server closed a connection')));
      socket.on('data', (chunk: Buffer) => {
        answer += chunk.toString('latin1');
        const status = statusOf(answer);
        if (status === 0) return;
        if (status !== 200) return reject(new Error(`a webhook was answered with ${status}`));
        accepted += 1;
        const now = performance.now();
        if (now >= from && now <= until) latenciesMs.push(now - at);
        next();
      });
      next();
    });
  };
  await Promise.all(Array.from({ length: options.connections }, connection));
  return { accepted, perSecond: latenciesMs.length / (options.measureMs / 1_000), latenciesMs };
}

if (!isMainThread && parentPort) parentPort.postMessage(await load(task.parse(workerData)));
