import { Decimal } from "../../model/decimal.ts";
import { addDecimals, divideDecimal } from "./decimal128.ts";
import { type Numeric, decimalOf } from "./numeric.ts";

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * The sum as MongoDB makes it: a decimal where one of the values is; exact while all are integers within 64 bits; else a
 * double with its error made up for.
 */
export function sumOf(values: readonly Numeric[]): Numeric {
  const numbers = values.filter((value) => typeof value === "number" || typeof value === "bigint");
  const hasDecimals = numbers.length < values.length;
  if (!hasDecimals && numbers.every(isInteger)) return sumOfIntegers(numbers);
  const { sum, lost } = sumOfDoubles(numbers.flatMap(toDoubles));
  if (!hasDecimals || !Number.isFinite(sum)) return sum;
  const decimals = values.filter((value) => value instanceof Decimal).reduce(addDecimals, ZERO);
  return addDecimals(decimals, addDecimals(roundedDecimal(sum), roundedDecimal(lost)));
}

const ZERO = new Decimal("0");

/** A double has up to 767 digits. */
function roundedDecimal(value: number): Decimal {
  return addDecimals(ZERO, decimalOf(value));
}

/** The average as MongoDB makes it, of at least one value. */
export function averageOf(values: readonly Numeric[]): Numeric {
  const total = sumOf(values);
  return total instanceof Decimal ? divideDecimal(total, values.length) : Number(total) / values.length;
}

/**
 * Of ints the sum is an int while it fits into one, else a long; of longs it is a long. Ints are below 2³¹, so a double
 * holds the sum of four million of them.
 */
function sumOfIntegers(values: readonly (number | bigint)[]): number | bigint {
  let small = 0;
  let large = 0n;
  let isLong = false;
  for (const value of values)
    if (typeof value === "number") small += value;
    else {
      large += value;
      isLong = true;
    }
  if (!isLong && (small | 0) === small) return small;
  const total = BigInt(small) + large;
  return total > INT64_MAX || total < INT64_MIN ? Number(total) : total;
}

/**
 * The sum of doubles as MongoDB makes it: beside it what rounding lost, which goes into the next addition; what the last
 * one lost counts only beside decimals. Source: MongoDB's `DoubleDoubleSummation`, checked against the server.
 */
function sumOfDoubles(values: readonly number[]): { readonly sum: number; readonly lost: number } {
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
  return { sum: Number.isNaN(sum) ? plain : sum, lost };
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
