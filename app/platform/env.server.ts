import { z } from 'zod';
import { parseKeyRing } from './crypto.server.ts';

/** Values that make the sandbox work with no environment set; refused where NODE_ENV is production. */
export const SANDBOX = {
  apiKey: 'sandbox-api-key',
  apiSecret: 'sandbox-api-secret-0123456789abcdef',
  encryptionKeys: `sandbox:${'5b'.repeat(32)}`,
} as const;

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1');

const schema = z.object({
  NODE_ENV: z.enum(['development', 'test', 'production']).default('development'),
  PORT: port.default(3000),
  HOST: z.string().default('127.0.0.1'),
  APP_URL: z.url().optional(),
  DATABASE_URL: z.string({ error: 'is not set' }).regex(/^postgres(ql)?:\/\//, 'must be a postgresql:// address'),
  DATABASE_POOL: z.coerce.number().int().min(2).max(200).default(20),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be a redis:// address')
    .optional(),
  SHOPIFY_API_KEY: z.string().min(1).default(SANDBOX.apiKey),
  SHOPIFY_API_SECRET: z.string().min(16).default(SANDBOX.apiSecret),
  /** The secret before the last rotation, still accepted on webhooks for an hour or so. */
  SHOPIFY_API_SECRET_OLD: z.string().min(16).optional(),
  SCOPES: z.string().optional(),
  SANDBOX_URL: z.url().optional(),
  /** Says that this process serves the sandbox on purpose although NODE_ENV is production (for its speed); on this machine only. */
  STOREBOOK_SANDBOX: flag.default(false),
  /** The stand-in's address as the browser reaches it; the same as SANDBOX_URL unless said otherwise. */
  APP_BRIDGE_URL: z.url().optional(),
  ENCRYPTION_KEYS: z.string().default(SANDBOX.encryptionKeys),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
  METRICS_TOKEN: z.string().min(16).optional(),
  /** Opens the board of queues at /ops/queues; without it there is none. */
  OPS_PASSWORD: z.string().min(16).optional(),
  /** How many fronts of one's own stand before the app: so many addresses from the end of X-Forwarded-For are believed. */
  TRUST_PROXY: z.coerce.number().int().min(0).max(10).optional(),
  /** Megabytes of JavaScript objects in the process of the slow lane. Its jobs stream; more is for jobs that are killed for want of it. */
  SLOW_LANE_MEMORY_MB: z.coerce.number().int().min(128).max(16_384).default(256),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(64).default(4),
  READ_ALL_ORDERS: flag.default(true),
});

export type Env = Omit<z.infer<typeof schema>, 'APP_URL' | 'ENCRYPTION_KEYS' | 'TRUST_PROXY'> & {
  readonly TRUST_PROXY: number;
  readonly APP_URL: string;
  readonly keys: ReturnType<typeof parseKeyRing>;
  readonly sandbox: boolean;
};

export class EnvError extends Error {
  override readonly name = 'EnvError';
}

const isLoopback = (host: string): boolean => ['127.0.0.1', 'localhost', '::1', '[::1]'].includes(host);

/** A sandbox with production's speed has production's manners only as long as nobody else can reach it. */
function sandboxProblems(env: z.infer<typeof schema>): string[] {
  const wrong: [boolean, string][] = [
    [
      !env.SANDBOX_URL || !isLoopback(new URL(env.SANDBOX_URL).hostname),
      'STOREBOOK_SANDBOX: SANDBOX_URL must be an address of this machine',
    ],
    [!isLoopback(env.HOST), 'STOREBOOK_SANDBOX: HOST must be an address of this machine'],
  ];
  return wrong.filter(([holds]) => holds).map(([, message]) => message);
}

/** What serves the sandbox and must not serve a real store. */
function productionProblems(env: z.infer<typeof schema>): string[] {
  const wrong: [boolean, string][] = [
    [env.SANDBOX_URL !== undefined, 'SANDBOX_URL: the sandbox cannot be used in production'],
    [env.SHOPIFY_API_KEY === SANDBOX.apiKey, 'SHOPIFY_API_KEY: the sandbox key is refused in production'],
    [env.SHOPIFY_API_SECRET === SANDBOX.apiSecret, 'SHOPIFY_API_SECRET: the sandbox secret is refused in production'],
    [env.ENCRYPTION_KEYS === SANDBOX.encryptionKeys, 'ENCRYPTION_KEYS: the sandbox key is refused in production'],
    [!env.APP_URL?.startsWith('https://'), 'APP_URL: production needs the public https address of the app'],
  ];
  return wrong.filter(([holds]) => holds).map(([, message]) => message);
}

function problemsOf(env: z.infer<typeof schema>): string[] {
  if (env.STOREBOOK_SANDBOX) return sandboxProblems(env);
  return env.NODE_ENV === 'production' ? productionProblems(env) : [];
}

/**
 * Parses the environment once, at start. Unset values get defaults that serve the sandbox; in production the
 * sandbox's secrets are refused.
 * @throws EnvError with a line for each variable that is wrong.
 */
export function parseEnv(source: Readonly<Record<string, string | undefined>>): Env {
  const filled = Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(filled);
  if (!parsed.success) {
    throw new EnvError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'));
  }
  const { ENCRYPTION_KEYS, APP_URL, TRUST_PROXY, ...rest } = parsed.data;
  const problems = problemsOf(parsed.data);
  if (problems.length > 0) throw new EnvError(problems.join('\n'));
  try {
    return {
      ...rest,
      APP_URL: APP_URL ?? `http://${rest.HOST}:${rest.PORT}`,
      // A real store's app stands behind one https front; the sandbox behind none.
      TRUST_PROXY: TRUST_PROXY ?? (rest.NODE_ENV === 'production' && !rest.STOREBOOK_SANDBOX ? 1 : 0),
      keys: parseKeyRing(ENCRYPTION_KEYS),
      sandbox: rest.SANDBOX_URL !== undefined,
    };
  } catch (error) {
    throw new EnvError(`ENCRYPTION_KEYS: ${error instanceof Error ? error.message : 'wrong'}`);
  }
}

/** The process's own environment, parsed. */
export function readEnv(): Env {
  return parseEnv(process.env);
}
