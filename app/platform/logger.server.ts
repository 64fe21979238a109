import pino, { type DestinationStream, type Logger as PinoLogger } from 'pino';

export type Logger = PinoLogger;

// Defence behind the rule "log ids, never payloads": should a person's data reach a log call, it is cut here.
const REDACTED = [
  'email',
  'phone',
  'firstName',
  'lastName',
  'first_name',
  'last_name',
  'name',
  'address',
  'body',
  'accessToken',
  'refreshToken',
  'authorization',
  'password',
];

/** JSON lines on standard output (or `destination`), with personal and secret fields cut at the first two levels. */
export function createLogger(options: { level: string; service: string }, destination?: DestinationStream): Logger {
  const settings = {
    level: options.level,
    base: { service: options.service },
    redact: { paths: REDACTED.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[cut]' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
