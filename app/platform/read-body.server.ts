import type { IncomingMessage } from 'node:http';

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'too-slow' }
  | { readonly kind: 'broken-off' };

/**
 * The whole body of a request, or why not: past `most` bytes (whatever its length header said), not there within
 * `withinMs`, or the sender went away. What is over is neither read nor kept: the connection must be closed after it.
 */
export function readBody(request: IncomingMessage, limits: { most: number; withinMs: number }): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > limits.most) return Promise.resolve({ kind: 'too-large' });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let ended = false;
    const end = (body: Body): void => {
      if (ended) return;
      ended = true;
      clearTimeout(late);
      if (body.kind !== 'whole') {
        chunks.length = 0;
        request.pause();
      }
      resolve(body);
    };
    const late = setTimeout(() => end({ kind: 'too-slow' }), limits.withinMs);
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limits.most) end({ kind: 'too-large' });
      if (!ended) chunks.push(chunk);
    });
    request.on('end', () => end({ kind: 'whole', bytes: Buffer.concat(chunks, size) }));
    request.on('error', () => end({ kind: 'broken-off' }));
    request.on('close', () => end({ kind: 'broken-off' }));
  });
}
