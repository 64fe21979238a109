import type { IncomingMessage } from 'node:http';
import { sameText } from './crypto.server.ts';

const MOST_FAILURES = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 1_000;

export type Admission = 'in' | 'no' | 'too-many';

/**
 * Basic authentication with one password (any user name). After ten wrong tries of an address within a minute nothing of
 * it is looked at until the minute is over, the right password included: else guessing would go on.
 */
export function passwordDoor(password: string, now: () => number = Date.now): (request: IncomingMessage) => Admission {
  const failures = new Map<string, { count: number; until: number }>();
  const noted = (address: string): { count: number; until: number } => {
    const held = failures.get(address);
    return held && held.until > now() ? held : { count: 0, until: now() + WINDOW_MS };
  };
  return (request) => {
    const address = request.socket.remoteAddress ?? '';
    const seen = noted(address);
    if (seen.count >= MOST_FAILURES) return 'too-many';
    const given = passwordOf(request.headers.authorization);
    if (given !== null && sameText(given, password)) {
      failures.delete(address);
      return 'in';
    }
    // A browser asks once without a password; that is no guess.
    if (given === null) return 'no';
    failures.delete(address);
    if (failures.size >= MOST_ADDRESSES) for (const oldest of [...failures.keys()].slice(0, 1)) failures.delete(oldest);
    failures.set(address, { ...seen, count: seen.count + 1 });
    return 'no';
  };
}

/** null: none was given, or not in the shape of Basic authentication. */
function passwordOf(header: string | undefined): string | null {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]{1,1000})$/i.exec(header ?? '') ?? [];
  if (encoded === undefined) return null;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? null : text.slice(colon + 1);
}
