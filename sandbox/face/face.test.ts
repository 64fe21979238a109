import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFace, SHOP } from '../../tests/support/fake-face.ts';
import { escapeHtml } from './pages.ts';

const APP = 'http://127.0.0.1:3999';
let face: Awaited<ReturnType<typeof serveFace>>;
beforeAll(async () => {
  face = await serveFace(APP);
});
afterAll(() => face.close());

const get = (path: string): Promise<Response> => fetch(face.url + path, { redirect: 'manual' });

describe('the face’s doors', () => {
  it('leads the bare address to the app in the first store', async () => {
    const answer = await get('/');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/store/corner-shop/apps/storebook']);
  });

  it('writes names and facts into pages as text only, and lets in nothing but the app', async () => {
    for (const path of ['/store/corner-shop', '/checkout', '/sandbox']) {
      const answer = await get(path);
      expect(answer.status).toBe(200);
      const csp = answer.headers.get('content-security-policy') ?? '';
      expect(csp).toContain("default-src 'self'");
      expect(csp).toContain(`frame-src ${APP}`);
      expect(csp).toContain("frame-ancestors 'none'");
      const text = await answer.text();
      expect(text).not.toContain('<script>alert(1)');
      expect(text).not.toContain('<Shop>');
      expect(text.match(/(?:src|href)="(?:https?:)?\/\//g)).toBeNull();
    }
    expect(escapeHtml(`<a href="x">'&`)).toBe('&lt;a href=&quot;x&quot;&gt;&#39;&amp;');
  });

  it('shows what was handed to Flow, as text only', async () => {
    const text = await (await get('/sandbox/flow')).text();
    expect(text).toContain('Code: TEA-1');
    expect(text).toContain('&lt;b&gt;10%&lt;/b&gt; off');
  });

  it('answers 404 for stores, orders and files that are not there', async () => {
    for (const path of [
      '/store/other',
      '/checkout?shop=other.myshopify.com',
      '/sandbox/face/orders/5',
      '/sandbox/face/orders?shop=other',
      '/sandbox/face/public/../index.ts',
      '/sandbox/face/public/%2e%2e/index.ts',
    ]) {
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    }
  });

  it('refuses a list query that makes no sense, with the reason, and cuts pages', async () => {
    for (const query of ['limit=0', 'limit=251', 'from=-1', 'from=x', `q=${'a'.repeat(201)}`]) {
      const answer = await get(`/sandbox/face/products?shop=${SHOP}&${query}`);
      expect(answer.status).toBe(400);
      expect((await answer.json()).errors[0].message).toContain(query.split('=')[0]);
    }
    const page = await (await get(`/sandbox/face/orders?shop=${SHOP}&from=118&limit=5`)).json();
    expect(page.total).toBe(120);
    expect(page.rows.map((row: { name: string }) => row.name)).toEqual(['#1002', '#1001']);
  });

  it('gives the App Bridge stand-in to a page of another origin', async () => {
    const answer = await get('/app-bridge.js');
    expect(answer.headers.get('content-type')).toContain('javascript');
    expect(answer.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
  });
});
