import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../sandbox/random.ts';
import { cdnowPurchases } from '../../tests/support/cdnow.ts';
import { PIPES, runPipe } from './pipes.server.ts';

type Told = { status: number; out: string[]; errors: string[] };
async function run(name: string, lines: readonly string[], argv: readonly string[] = []): Promise<Told> {
  const [out, errors]: [string[], string[]] = [[], []];
  const pipe = PIPES[name];
  if (!pipe) throw new Error(`no pipe ${name}`);
  const input = Readable.from(lines.map((line) => `${line}\n`));
  const tell = { out: (line: string) => void out.push(line), error: (line: string) => void errors.push(line), argv };
  return { status: await runPipe(pipe, input, tell), out, errors };
}

describe('storebook value', () => {
  const lines = cdnowPurchases().map(({ customer, day, amount }) => JSON.stringify({ customer, date: day, amount }));

  it('tells the parameters, then a line a customer', async () => {
    const { status, out, errors } = await run('value', lines, ['--until', '1997-09-30']);
    expect([status, errors, out.length]).toEqual([0, [], 2_358]);
    const [head, first] = out.slice(0, 2).map((line): unknown => JSON.parse(line));
    expect(head).toMatchObject({ parameters: { bgnbd: { r: expect.closeTo(0.243, 3) }, gammaGamma: { q: expect.closeTo(3.74, 2) } } });
    expect(first).toEqual({
      customer: '0001',
      probabilityAlive: expect.closeTo(0.7266, 3),
      expectedOrders52w: expect.closeTo(1.559, 2),
      expectedSpend52w: expect.closeTo(38.43, 1),
    });
  });

  it('gives names back as they came, long numbers too', async () => {
    const renamed = lines.map((line) => line.replace('"customer":"0001"', '"customer":820982911946154508'));
    const { out } = await run('value', renamed, ['--until', '1997-09-30']);
    expect(out[1]).toMatch(/^\{"customer":820982911946154508,"probabilityAlive":0\.72/);
  });

  it('says that the history is too short, and gives no figures', async () => {
    const { status, out, errors } = await run('value', lines.slice(0, 50), ['--until', '1997-09-30']);
    expect([status, out]).toEqual([1, []]);
    expect(errors.join()).toMatch(/^not enough history yet: \d+ buyers \(of 500 needed\)/);
  });

  it.each([
    ['{"customer":"a","date":"1997-01-01","amount":', 'line 1: no JSON'],
    ['{"customer":"a","date":"1997-02-30","amount":1}', 'line 1: date: expected a day, as in 2026-11-24'],
    ['{"date":"1997-01-01","amount":1}', 'line 1: customer: Invalid input'],
    ['{"customer":"a","date":"1997-01-01","amount":"much"}', 'line 1: amount: Invalid input'],
  ])('refuses %j, and says where', async (line, reason) => {
    const { status, out, errors } = await run('value', [line], ['--until', '1997-09-30']);
    expect([status, out]).toEqual([2, []]);
    expect(errors.join()).toContain(reason);
    expect(errors.join()).not.toContain('much');
  });

  it('asks for the day and refuses options that it does not have', async () => {
    expect((await run('value', [])).errors.join()).toContain('--until');
    expect(await run('value', [], ['--from', 'x'])).toMatchObject({ status: 2, out: [] });
  });
});

describe('storebook lift', () => {
  const row = (id: number, arm: string, outcome: number, before?: number): string => JSON.stringify({ id, arm, outcome, before });

  it('tells an arm a line, beside the control', async () => {
    const { status, out } = await run('lift', [
      row(1, 'control', 10, 9),
      row(2, 'control', 12, 12),
      row(3, 'b', 15, 10),
      '',
      row(4, 'b', 17, 13),
    ]);
    expect(status).toBe(0);
    expect(out.map((line): unknown => JSON.parse(line))).toMatchObject([
      { arm: 'control', n: 2, effect: 0, p: 1 },
      { arm: 'b', n: 2, effect: 5, adjusted: { effect: expect.any(Number) } },
    ]);
  });

  it('says that there is no control, and what is wrong in which line', async () => {
    expect(await run('lift', [row(1, 'a', 1)])).toMatchObject({ status: 1, out: [], errors: [expect.stringContaining('control')] });
    expect(await run('lift', [row(1, 'control', 1), '{"arm":"a"}'])).toMatchObject({
      status: 2,
      errors: [expect.stringMatching(/^line 2: outcome/)],
    });
  });
});

describe('storebook policy', () => {
  it('tells what each policy would have earned, from a log with chances', async () => {
    const random = seeded(2);
    const lines = Array.from({ length: 2_000 }, (_, id) => {
      const x = random.next();
      const chance = 0.2 + 0.6 * x;
      const arm = random.next() < chance ? 'b' : 'a';
      const reward = (arm === 'b' ? 2 * x : 0.5) + random.next() - 0.5;
      return JSON.stringify({ id, arm, propensity: arm === 'b' ? chance : 1 - chance, reward, context: { x } });
    });
    const { status, out, errors } = await run('policy', lines);
    const told = out.map((line): unknown => JSON.parse(line));
    expect([status, errors]).toEqual([0, []]);
    expect(told).toMatchObject([
      { policy: 'logged', n: 2_000, doublyRobust: null },
      { policy: 'equal', weighted: { value: expect.closeTo(0.75, 1) }, doublyRobust: { value: expect.closeTo(0.75, 1) } },
      // E max(1/2, 2x) = 17/16.
      { policy: 'personal', weighted: { value: expect.closeTo(1.06, 1) }, doublyRobust: { value: expect.closeTo(1.06, 1) } },
      { policy: 'all:a', weighted: { value: expect.closeTo(0.5, 1) }, doublyRobust: { value: expect.closeTo(0.5, 1) } },
      { policy: 'all:b', weighted: { value: expect.closeTo(1, 1) }, doublyRobust: { value: expect.closeTo(1, 1) } },
    ]);
  });

  it.each([
    ['{"arm":"a","propensity":0,"reward":1}', 'line 1: propensity: expected a chance above 0, up to 1'],
    ['{"arm":"a","propensity":0.5}', 'line 1: reward: Invalid input'],
  ])('refuses %j, and says where', async (line, reason) => {
    expect(await run('policy', [line])).toMatchObject({ status: 2, out: [], errors: [expect.stringContaining(reason)] });
  });

  it('has nothing to say of nothing', async () => {
    expect(await run('policy', [])).toMatchObject({ status: 1, out: [] });
  });
});
