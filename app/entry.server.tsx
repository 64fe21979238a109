import { PassThrough } from 'node:stream';
import { createReadableStreamFromReadable, type AppLoadContext, type EntryContext, type HandleErrorFunction } from '@remix-run/node';
import { RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';
import { z } from 'zod';
import { Nonce } from './components/nonce.ts';
import { contentPolicy, namedShop, newNonce } from './entry/content-policy.server.ts';

const TIMEOUT_MS = 10_000;

const appData = z.object({ shop: z.object({ domain: z.string() }) });

/** The shop whose page it is: the one that the session token named; where there is no token, the address's. */
function shopOf(request: Request, remix: EntryContext): string | null {
  const parsed = appData.safeParse(remix.staticHandlerContext.loaderData['routes/app']);
  return parsed.success ? parsed.data.shop.domain : namedShop(request);
}

// oxlint-disable-next-line max-params -- the signature is Remix's
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remix: EntryContext,
  context: AppLoadContext,
): Promise<Response> {
  const { env, log } = context.services.platform;
  const nonce = newNonce();
  headers.set('Content-Security-Policy', contentPolicy(env, { shop: shopOf(request, remix), nonce }));
  headers.set('Content-Type', 'text/html; charset=utf-8');
  const whole = isbot(request.headers.get('user-agent') ?? '') ? 'onAllReady' : 'onShellReady';
  return new Promise((resolve, reject) => {
    let failed = false;
    const page = (
      <Nonce.Provider value={nonce}>
        <RemixServer context={remix} url={request.url} nonce={nonce} />
      </Nonce.Provider>
    );
    const { pipe, abort } = renderToPipeableStream(page, {
      nonce,
      [whole]() {
        const body = new PassThrough();
        resolve(new Response(createReadableStreamFromReadable(body), { headers, status: failed ? 500 : status }));
        pipe(body);
      },
      onShellError: reject,
      onError(error) {
        failed = true;
        log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'a page failed to render');
      },
    });
    setTimeout(abort, TIMEOUT_MS).unref();
  });
}

/** What failed in a loader or action: its kind, never its message, which may quote what was sent. Remix would print it whole. */
export const handleError: HandleErrorFunction = (error, { request, context }) => {
  if (request.signal.aborted) return;
  const status = typeof error === 'object' && error !== null && 'status' in error ? Number(error.status) : 500;
  const told = { status, problem: error instanceof Error ? error.name : 'unknown' };
  if (status >= 500) context.services.platform.log.error(told, 'a page failed');
};
