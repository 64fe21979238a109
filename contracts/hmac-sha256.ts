/**
 * HMAC-SHA256 (RFC 2104, FIPS 180-4) in plain arithmetic, for places that have no library: a Function at the checkout
 * runs in a bare interpreter. Not in constant time.
 */
const primes: number[] = [];
for (let n = 2; primes.length < 64; n += 1) if (primes.every((prime) => n % prime !== 0)) primes.push(n);
/** The first 32 bits of what stands behind the point. */
const fraction = (value: number): number => Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
const ROUNDS = primes.map((prime) => fraction(Math.cbrt(prime)));
type State = readonly [number, number, number, number, number, number, number, number];
const root = (prime: number): number => fraction(Math.sqrt(prime));
const START: State = [root(2), root(3), root(5), root(7), root(11), root(13), root(17), root(19)];

/** The bytes that fill a message of so many up to whole blocks. */
function padding(length: number): number[] {
  const zeros = (((55 - length) % 64) + 64) % 64;
  const bits = length * 8;
  return [0x80, ...Array.from({ length: zeros + 4 }, () => 0), bits >>> 24, (bits >>> 16) & 255, (bits >>> 8) & 255, bits & 255];
}

const words = new Int32Array(64);

/** Spreads a block of 64 bytes over the words of the rounds. */
function spread(bytes: readonly number[], from: number): void {
  for (let at = 0; at < 16; at += 1) {
    const byte = (more: number): number => bytes[from + at * 4 + more] ?? 0;
    words[at] = (byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3);
  }
  for (let at = 16; at < 64; at += 1) {
    const one = words[at - 15] ?? 0;
    const other = words[at - 2] ?? 0;
    const low = ((one >>> 7) | (one << 25)) ^ ((one >>> 18) | (one << 14)) ^ (one >>> 3);
    const high = ((other >>> 17) | (other << 15)) ^ ((other >>> 19) | (other << 13)) ^ (other >>> 10);
    words[at] = (words[at - 16] ?? 0) + low + (words[at - 7] ?? 0) + high;
  }
}

/** Puts a block of 64 bytes to a state; plain loops, since they run in an interpreter. */
function compressed(state: State, bytes: readonly number[], from: number): State {
  spread(bytes, from);
  let [a, b, c, d, e, f, g, h] = state;
  for (let at = 0; at < 64; at += 1) {
    const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const first = (h + high + ((e & f) ^ (~e & g)) + (ROUNDS[at] ?? 0) + (words[at] ?? 0)) | 0;
    const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  const [a0, b0, c0, d0, e0, f0, g0, h0] = state;
  return [(a + a0) | 0, (b + b0) | 0, (c + c0) | 0, (d + d0) | 0, (e + e0) | 0, (f + f0) | 0, (g + g0) | 0, (h + h0) | 0];
}

/** Goes on from a state that has 64 bytes behind it. */
function finished(state: State, bytes: readonly number[]): number[] {
  const message = [...bytes, ...padding(64 + bytes.length)];
  let at = state;
  for (let from = 0; from < message.length; from += 64) at = compressed(at, message, from);
  return at.flatMap((word) => [word >>> 24, (word >>> 16) & 255, (word >>> 8) & 255, word & 255]);
}

/** @param key at most 64 bytes. @returns a function of ASCII text to 32 bytes; what follows from the key alone is done once. */
export function hmacSha256(key: readonly number[]): (text: string) => number[] {
  const begun = (pad: number): State => {
    const block = Array.from({ length: 64 }, (_unused, at) => (key[at] ?? 0) ^ pad);
    return compressed(START, block, 0);
  };
  const [inner, outer] = [begun(0x36), begun(0x5c)];
  return (text) =>
    finished(
      outer,
      finished(
        inner,
        Array.from(text, (symbol) => symbol.charCodeAt(0) & 127),
      ),
    );
}
