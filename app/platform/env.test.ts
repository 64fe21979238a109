import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyRing, sameText, seal, unseal } from './crypto.server.ts';
import { EnvError, parseEnv } from './env.server.ts';
import { createLogger } from './logger.server.ts';

const DATABASE_URL = 'postgresql://localhost/x';

describe('environment', () => {
  it('has defaults that serve the sandbox', () => {
    expect(parseEnv({ DATABASE_URL, SANDBOX_URL: 'http://127.0.0.1:4000' })).toMatchObject({
      PORT: 3000,
      sandbox: true,
      APP_URL: 'http://127.0.0.1:3000',
    });
  });

  it('names every variable that is wrong', () => {
    expect(() => parseEnv({ PORT: 'x', REDIS_URL: 'http://no' })).toThrow(
      /PORT: [\s\S]*DATABASE_URL: [\s\S]*REDIS_URL: must be a redis:\/\/ address|DATABASE_URL[\s\S]*/,
    );
  });

  it('refuses the sandbox’s secrets in production', () => {
    const attempt = () => parseEnv({ DATABASE_URL, NODE_ENV: 'production', APP_URL: 'https://app.example' });
    expect(attempt).toThrow(EnvError);
    expect(attempt).toThrow(/SHOPIFY_API_KEY[\s\S]*SHOPIFY_API_SECRET[\s\S]*ENCRYPTION_KEYS/);
  });

  it('refuses the sandbox itself in production', () => {
    expect(() =>
      parseEnv({
        DATABASE_URL,
        NODE_ENV: 'production',
        APP_URL: 'https://app.example',
        SHOPIFY_API_KEY: 'k',
        SHOPIFY_API_SECRET: 's'.repeat(32),
        ENCRYPTION_KEYS: `a:${'0'.repeat(64)}`,
        SANDBOX_URL: 'http://127.0.0.1:1',
      }),
    ).toThrow(/SANDBOX_URL/);
  });

  it('serves the sandbox with production’s speed only on this machine', () => {
    const env = { DATABASE_URL, NODE_ENV: 'production', STOREBOOK_SANDBOX: '1', SANDBOX_URL: 'http://127.0.0.1:4000' };
    expect(parseEnv(env).sandbox).toBe(true);
    expect(() => parseEnv({ ...env, HOST: '0.0.0.0' })).toThrow(/HOST/);
    expect(() => parseEnv({ ...env, SANDBOX_URL: 'https://store.example' })).toThrow(/SANDBOX_URL/);
    expect(() => parseEnv({ ...env, SANDBOX_URL: undefined })).toThrow(/SANDBOX_URL/);
  });

  it('takes a production environment of its own', () => {
    const env = parseEnv({
      DATABASE_URL,
      NODE_ENV: 'production',
      APP_URL: 'https://app.example',
      SHOPIFY_API_KEY: 'k',
      SHOPIFY_API_SECRET: 's'.repeat(32),
      ENCRYPTION_KEYS: `a:${'0'.repeat(64)}`,
    });
    expect([env.sandbox, env.keys.length]).toEqual([false, 1]);
  });
});

describe('sealed texts', () => {
  const old = `old:${'11'.repeat(32)}`;
  const ring = parseKeyRing(`new:${'22'.repeat(32)},${old}`);

  it('open again in their own context only', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, context) => {
        const sealed = seal(text, ring, context);
        expect(unseal(sealed, ring, context)).toBe(text);
        expect(() => unseal(sealed, ring, `${context}x`)).toThrow(/./);
      }),
    );
  });

  it('open with an older key of the ring, and not without it', () => {
    const sealed = seal('token', parseKeyRing(old), 'shop');
    expect(unseal(sealed, ring, 'shop')).toBe('token');
    expect(() => unseal(sealed, ring.slice(0, 1), 'shop')).toThrow('cannot be opened');
  });

  it('show any change: a character that is another, gone, added or said twice', () => {
    const character = fc.constantFrom(...Array.from('ABCDwxyz0189-_=. +/'));
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), fc.nat(), character, fc.constantFrom(0, 1), (text, place, other, kept) => {
        const sealed = seal(text, ring, 'shop');
        const at = place % (sealed.length + 1);
        const changed = sealed.slice(0, at) + other + sealed.slice(at + kept);
        fc.pre(changed !== sealed);
        expect(() => unseal(changed, ring, 'shop')).toThrow(/./);
      }),
      { numRuns: 1_000 },
    );
    const sealed = seal('token', ring, 'shop');
    for (let length = 0; length < sealed.length; length += 1) expect(() => unseal(sealed.slice(0, length), ring, 'shop')).toThrow(/./);
  });

  it('cannot be opened with a tag cut short, which the cipher alone would take', () => {
    const [version, id, nonce, tag = '', body] = seal('token', ring, 'shop').split('.');
    const short = Buffer.from(tag, 'base64url').subarray(0, 4).toString('base64url');
    expect(() => unseal([version, id, nonce, short, body].join('.'), ring, 'shop')).toThrow('cannot be opened');
  });

  it.each(['', 'a:00', 'a:zz', `a:${'0'.repeat(64)},a:${'1'.repeat(64)}`])('refuse the key ring %j', (text) => {
    expect(() => parseKeyRing(text)).toThrow(/./);
  });
});

it('compares texts of any length', () => {
  expect([sameText('a', 'a'), sameText('a', 'b'), sameText('a', 'ab'), sameText('', '')]).toEqual([true, false, false, true]);
});

it('cuts personal data that reaches a log call by mistake', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', service: 'test' }, { write: (line: string) => lines.push(line) });
  log.info({ email: 'ada@example.com', customer: { phone: '+44 1', id: '7' }, a: { b: { firstName: 'Ada' } } }, 'applied');
  expect(lines.join('')).not.toMatch(/ada@|\+44|Ada/);
  expect(lines.join('')).toContain('"id":"7"');
});
