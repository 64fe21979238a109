import crypto from 'node:crypto';
import type { Express, Request, Response } from 'express';
import { z } from 'zod';
import { memberPage, themeAsset, type ThemeLocale } from '../face/theme.ts';
import { tail, text } from './node.ts';
import type { Shop } from './shop.ts';

type Known = {
  readonly shops: ReadonlyMap<string, Shop>;
  readonly app: { readonly apiSecret: string };
  readonly appUrl: string;
  readonly now: () => Date;
};

/** Who is logged in at the storefront, and of which store; the sandbox's own stand-in for a login. */
const COOKIE = /(?:^|;\s*)sandbox_visitor=([^;]+)/;
const visitor = z.object({ shop: z.string(), customer: z.string().regex(/^\d*$/) });
const page = z.object({
  shop: z.string().optional(),
  customer: z.string().regex(/^\d*$/).default(''),
  locale: z.enum(['en', 'zh-CN'] satisfies ThemeLocale[]).default('en'),
  title: z.string().max(100).optional(),
});
const KEPT = ['content-type', 'cache-control', 'etag', 'vary', 'retry-after'] as const;

/** Adds the parameters of Shopify's app proxy and its signature. */
function signed(asked: URLSearchParams, added: Record<string, string>, secret: string): URLSearchParams {
  const all = [...[...asked].filter(([name]) => !(name in added) && name !== 'signature'), ...Object.entries(added)];
  const bytes = all
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join('');
  return new URLSearchParams([...all, ['signature', crypto.createHmac('sha256', secret).update(bytes).digest('hex')]]);
}

/** A storefront page with the theme block (/account), its assets, and the app proxy (/apps/storebook/…). */
export function mountProxy(server: Express, { shops, app, appUrl, now }: Known): void {
  const visitorOf = (request: Request): z.infer<typeof visitor> | null => {
    const [, held = ''] = COOKIE.exec(request.headers.cookie ?? '') ?? [];
    const [shop = '', customer = ''] = decodeURIComponent(held).split(' ');
    return shops.has(shop) ? visitor.parse({ shop, customer }) : null;
  };
  server.get('/account', (request, response) => {
    const { shop: domain, customer, locale, title } = page.parse(request.query);
    const shop = domain === undefined ? [...shops.values()][0] : shops.get(domain);
    if (!shop) return void response.status(404).type('text').send('The sandbox has no such store');
    response.cookie('sandbox_visitor', `${shop.store.domain} ${customer}`, { httpOnly: true, sameSite: 'lax' });
    response.set({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src data:",
    });
    const settings = title === undefined ? {} : { title };
    response.type('html').send(memberPage({ title: text(shop.store.shop, 'name'), locale, customerId: customer || null, settings }));
  });
  server.get('/sandbox/theme/:name', (request, response) => {
    const file = themeAsset(request.params.name);
    if (!file) return void response.status(404).end();
    response.set('cache-control', 'no-cache').sendFile(file);
  });
  server.all('/apps/storebook/:path', (request: Request, response: Response) => {
    const found = visitorOf(request) ?? { shop: [...shops.keys()][0] ?? '', customer: '' };
    const asked = new URLSearchParams(request.originalUrl.split('?')[1] ?? '');
    const query = signed(
      asked,
      {
        shop: found.shop,
        logged_in_customer_id: tail(found.customer),
        path_prefix: '/apps/storebook',
        timestamp: String(Math.floor(now().getTime() / 1_000)),
      },
      app.apiSecret,
    );
    const held = request.headers['if-none-match'];
    const headers: Record<string, string> = held === undefined ? {} : { 'if-none-match': held };
    const isPost = request.method === 'POST';
    if (isPost) headers['content-type'] = request.headers['content-type'] ?? '';
    const sent = isPost ? { method: 'POST', body: JSON.stringify(request.body) } : {};
    fetch(`${appUrl}/proxy/${encodeURIComponent(String(request.params['path']))}?${query.toString()}`, { ...sent, headers }).then(
      async (answer) => {
        for (const name of KEPT) {
          const value = answer.headers.get(name);
          if (value !== null) response.set(name, value);
        }
        response.status(answer.status).send(Buffer.from(await answer.arrayBuffer()));
      },
      () => response.status(502).end(),
    );
  });
}
