const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/** The sum as MongoDB makes it: exact while all are integers within 64 bits, else a double with its error made up for. */
export function sumOf(values: readonly (number | bigint)[]): number | bigint {
  if (values.every(isInteger)) return sumOfIntegers(values);
  return sumOfDoubles(values.flatMap(toDoubles));
}

/** An integer in the stored form: a number while it is a safe one. */
export function toStoredInteger(value: bigint): number | bigint {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value;
}

/** Numbers are below 2³¹ here, so a double holds the sum of four million of them. */
function sumOfIntegers(values: readonly (number | bigint)[]): number | bigint {
  let small = 0;
  let large = 0n;
  for (const value of values)
    if (typeof value === "number") small += value;
    else large += value;
  const total = BigInt(small) + large;
  return total > INT64_MAX || total < INT64_MIN ? Number(total) : toStoredInteger(total);
}

/**
 * The sum of doubles as MongoDB makes it: beside it what rounding lost, which goes into the next addition; what the last
 * one lost is dropped. Source: MongoDB's `DoubleDoubleSummation`, checked against the server.
 */
function sumOfDoubles(values: readonly number[]): number {
  let sum = 0;
  let lost = 0;
  let plain = 0;
  for (const value of values) {
    const [addition, ofAddition] = twoSum(value, lost);
    const [next, ofSum] = twoSum(sum, addition);
    sum = next;
    lost = ofSum + ofAddition;
    plain += value;
  }
  return Number.isNaN(sum) ? plain : sum;
}

/** A rounded sum, and what the rounding lost: Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B. */
function twoSum(a: number, b: number): readonly [number, number] {
  const sum = a + b;
  const ofA = sum - b;
  return [sum, a - ofA + (b - (sum - ofA))];
}

/** A bigint as two doubles that make it up exactly. */
function toDoubles(value: number | bigint): readonly number[] {
  if (typeof value === "number") return [value];
  const high = Number(value);
  return [high, Number(value - BigInt(high))];
}

/** Whether MongoDB holds the value as an integer: its driver writes any larger number as a double. */
function isInteger(value: number | bigint): boolean {
  return typeof value === "bigint" || (Number.isInteger(value) && Math.abs(value) < 2 ** 31);
}
