import { callbackify } from 'node:util';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** A mail as the sandbox's server got it; the newest first in a box. */
export type ReceivedMail = {
  readonly id: number;
  readonly at: string;
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly headers: Readonly<Record<string, string>>;
};

const MOST_MAILS = 2_000;
const MOST_BYTES = 5_000_000;

export type MailBox = {
  readonly host: string;
  readonly port: number;
  /** The newest first. */
  readonly mails: readonly ReceivedMail[];
  close(): Promise<void>;
};

/** An SMTP server on 127.0.0.1 that takes every mail and sends none on: what the app sent can be read. */
export async function openMailBox(now: () => Date): Promise<MailBox> {
  const mails: ReceivedMail[] = [];
  let last = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    size: MOST_BYTES,
    logger: false,
    onAuth: (_auth, _session, done) => done(null, { user: 'sandbox' }),
    onData(stream, session, done) {
      const { mailFrom, rcptTo } = session.envelope;
      const envelope = { from: mailFrom === false ? '' : mailFrom.address, to: rcptTo.map(({ address }) => address) };
      const keep = async (): Promise<void> => {
        const { subject, text, html, headerLines } = await simpleParser(stream);
        const headers = Object.fromEntries(headerLines.map(({ key, line }) => [key, line.replace(/^[^:]*:\s*/, '')]));
        last += 1;
        const body = { subject: subject ?? '', text: text ?? '', html: html || '' };
        mails.unshift({ id: last, at: now().toISOString(), ...envelope, ...body, headers });
        mails.length = Math.min(mails.length, MOST_MAILS);
      };
      callbackify(keep)((error) => done(error));
    },
  });
  // A client that goes away is no fault of the sandbox.
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve, reject) => {
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      if (typeof address === 'object' && address) resolve(address.port);
      else reject(new Error('the mail server has no port'));
    });
    listener.once('error', reject);
  });
  return {
    host: '127.0.0.1',
    port,
    mails,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
