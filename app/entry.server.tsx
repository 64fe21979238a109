import { PassThrough } from 'node:stream';
import { createReadableStreamFromReadable, type AppLoadContext, type EntryContext } from '@remix-run/node';
import { RemixServer } from '@remix-run/react';
import { isbot } from 'isbot';
import { renderToPipeableStream } from 'react-dom/server';

const TIMEOUT_MS = 10_000;

type Render = { request: Request; status: number; headers: Headers; remix: EntryContext; context: AppLoadContext };

/** Headers of every document: who may frame it, and where App Bridge comes from. */
function documentHeaders({ request, headers, context }: Render): void {
  context.shopify.addDocumentResponseHeaders(request, headers);
  const { SANDBOX_URL: sandbox } = context.services.platform.env;
  if (sandbox) {
    // In the sandbox its own admin frames the app, and gives App Bridge.
    headers.set('Content-Security-Policy', `frame-ancestors ${new URL(sandbox).origin};`);
    headers.delete('Link');
  }
  headers.set('Content-Type', 'text/html');
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('Referrer-Policy', 'no-referrer');
}

// oxlint-disable-next-line max-params -- the signature is Remix's
export default function handleRequest(
  request: Request,
  status: number,
  headers: Headers,
  remix: EntryContext,
  context: AppLoadContext,
): Promise<Response> {
  const render: Render = { request, status, headers, remix, context };
  documentHeaders(render);
  const whole = isbot(request.headers.get('user-agent') ?? '') ? 'onAllReady' : 'onShellReady';
  return new Promise((resolve, reject) => {
    let failed = false;
    const { pipe, abort } = renderToPipeableStream(<RemixServer context={remix} url={request.url} />, {
      [whole]() {
        const body = new PassThrough();
        resolve(new Response(createReadableStreamFromReadable(body), { headers, status: failed ? 500 : status }));
        pipe(body);
      },
      onShellError: reject,
      onError(error) {
        failed = true;
        context.services.platform.log.error({ problem: error instanceof Error ? error.name : 'unknown' }, 'a page failed to render');
      },
    });
    setTimeout(abort, TIMEOUT_MS).unref();
  });
}
