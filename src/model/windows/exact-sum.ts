/**
 * Sums of doubles that are exact: parts whose sum is that of all values, none of which overlaps another. So the order of
 * the values makes no difference. Source: J. R. Shewchuk, Adaptive Precision Floating-Point Arithmetic (1997).
 */
export type SumParts = readonly number[];

/** The parts with one more value. What is no number, or infinite, stays so. */
export function addExactly(parts: SumParts, value: number): SumParts {
  const last = parts.at(-1) ?? 0;
  if (!Number.isFinite(last)) return [last + value];
  const next: number[] = [];
  let sum = value;
  for (const part of parts) {
    const [large, small] = Math.abs(sum) < Math.abs(part) ? [part, sum] : [sum, part];
    sum = large + small;
    if (!Number.isFinite(sum)) return [sum];
    const rest = small - (sum - large);
    if (rest !== 0) next.push(rest);
  }
  next.push(sum);
  return next;
}

/** The double that is nearest to the sum; of two that are equally near, the even one. */
export function sumOf(parts: SumParts): number {
  let sum = parts.at(-1) ?? 0;
  for (let index = parts.length - 2; index >= 0; index--) {
    const part = parts[index] ?? 0;
    const before = sum;
    sum = before + part;
    const rest = part - (sum - before);
    if (rest !== 0) return nearest(sum, rest, parts[index - 1] ?? 0);
  }
  return sum;
}

/** A rest of half a digit rounded to the even neighbour: what lies beyond it decides otherwise where it points the same way. */
function nearest(sum: number, rest: number, beyond: number): number {
  if (rest * beyond <= 0) return sum;
  const neighbour = sum + rest * 2;
  return rest * 2 === neighbour - sum ? neighbour : sum;
}
