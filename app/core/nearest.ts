/** How many letters must be changed, added, taken away or swapped with the next to make one word the other (optimal string alignment). */
function distance(a: string, b: string): number {
  const width = b.length + 1;
  const cells = new Int32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => cells[i * width + j] ?? 0;
  for (let i = 0; i <= a.length; i += 1) {
    for (let j = 0; j <= b.length; j += 1) {
      if (i === 0 || j === 0) {
        cells[i * width + j] = i + j;
        continue;
      }
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min(cell(i - 1, j) + 1, cell(i, j - 1) + 1, cell(i - 1, j - 1) + same);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, cell(i - 2, j - 2) + 1);
      cells[i * width + j] = least;
    }
  }
  return cell(a.length, b.length);
}

const LONGEST = 60;

/** The known word that was probably meant; null where none is near. Case does not count. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (word.length > LONGEST) return null;
  const lower = word.toLowerCase();
  const [best] = known.map((candidate) => ({ candidate, far: distance(lower, candidate.toLowerCase()) })).toSorted((a, b) => a.far - b.far);
  return best && best.far <= Math.max(1, Math.floor(best.candidate.length / 4)) ? best.candidate : null;
}
