import { callbackify } from 'node:util';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';

/** What a test's server answers to an address, by the word before the @; others are taken. */
const ANSWERS: Readonly<Record<string, { at: 'rcpt' | 'data'; code: number; text: string }>> = {
  busy: { at: 'rcpt', code: 451, text: '4.3.0 try later' },
  nobody: { at: 'rcpt', code: 550, text: '5.1.1 no such mailbox nobody@example.com' },
  full: { at: 'rcpt', code: 552, text: '5.2.2 mailbox full' },
  spam: { at: 'data', code: 554, text: '5.7.1 refused' },
};

export type TestMail = { readonly to: string; readonly mail: ParsedMail };
export type TestMailServer = {
  readonly port: number;
  readonly got: TestMail[];
  /** Takes the text of the next message and hangs up without a word. */
  hangUp: boolean;
  close(): Promise<void>;
};

const answer = ({ code, text }: { code: number; text: string }): Error => Object.assign(new Error(text), { responseCode: code });
const answerTo = (address: string, at: 'rcpt' | 'data') => {
  const found = ANSWERS[address.split('@')[0] ?? ''];
  return found?.at === at ? found : undefined;
};

/** A real SMTP server on a free port of 127.0.0.1. */
export async function openMailServer(): Promise<TestMailServer> {
  const got: TestMail[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    logger: false,
    onRcptTo({ address }, _session, done) {
      const refused = answerTo(address, 'rcpt');
      done(refused ? answer(refused) : null);
    },
    onData(stream, session, done) {
      const to = session.envelope.rcptTo[0]?.address ?? '';
      const keep = async (): Promise<void> => {
        const mail = await simpleParser(stream);
        const refused = answerTo(to, 'data');
        if (refused) throw answer(refused);
        got.push({ to, mail });
        if (!self.hangUp) return;
        self.hangUp = false;
        for (const connection of server.connections) (connection as unknown as { _socket: { destroy(): void } })._socket.destroy();
      };
      callbackify(keep)((error) => done(error));
    },
  });
  server.on('error', () => undefined);
  const port = await new Promise<number>((resolve) => {
    const listener = server.listen(0, '127.0.0.1', () => {
      const address = listener.address();
      resolve(typeof address === 'object' && address ? address.port : 0);
    });
  });
  const self: TestMailServer = {
    port,
    got,
    hangUp: false,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return self;
}
