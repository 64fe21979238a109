import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maximise } from './maximise.ts';

describe('maximise', () => {
  it('finds the top of a bowl from anywhere', () => {
    const real = fc.double({ min: -5, max: 5, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(real, real), fc.tuple(real, real), fc.double({ min: 0.01, max: 100, noNaN: true }), (top, start, steep) => {
        const of = ([x = 0, y = 0]: readonly number[]) => {
          const [dx, dy] = [x - top[0], y - top[1]];
          return { value: -steep * dx * dx - dy * dy - 0.1 * dx * dy, gradient: [-2 * steep * dx - 0.1 * dy, -2 * dy - 0.1 * dx] };
        };
        const found = maximise(of, start, { tolerance: 1e-9 });
        fc.pre(4 * steep > 0.01);
        expect(found.settled).toBe(true);
        expect(found.at[0]).toBeCloseTo(top[0], 5);
        expect(found.at[1]).toBeCloseTo(top[1], 5);
      }),
      // So near to its top that steps and slopes are tiny together.
      { examples: [[[0, 0], [2.799186493696223e-7, 0], 1.8536805301173516]] },
    );
  });

  it('comes to an end where values are told with errors, as sums over many rows are', () => {
    let calls = 0;
    const found = maximise(
      ([x = 0]) => {
        calls += 1;
        // An error of the tenth digit after the twelfth, never the same twice.
        return { value: 4 - (x - 1) ** 2 + Math.sin(calls * 1e6) * 1e-12, gradient: [-2 * (x - 1)] };
      },
      [3],
      { tolerance: 1e-10 },
    );
    expect(found.settled).toBe(true);
    expect(found.at[0]).toBeCloseTo(1, 6);
    expect(calls).toBeLessThan(200);
  });

  it('says that it has not settled where there is no top', () => {
    expect(maximise(([x = 0]) => ({ value: x, gradient: [1] }), [0], { tolerance: 1e-8, steps: 20 }).settled).toBe(false);
  });
});
