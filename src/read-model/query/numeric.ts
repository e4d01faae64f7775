import { Decimal, compareDecimals } from "../../model/decimal.ts";

/** What MongoDB counts as numbers, each compared with each by its exact value. */
export type Numeric = number | bigint | Decimal;

/** Compares by value; NaN equals itself and is below every other number. */
export function compareNumeric(a: Numeric, b: Numeric): number {
  if (a instanceof Decimal || b instanceof Decimal) return compareWithDecimal(a, b);
  if (a < b) return -1;
  if (a > b) return 1;
  return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
}

function compareWithDecimal(a: Numeric, b: Numeric): number {
  if (typeof a === "number" && !Number.isFinite(a)) return a > 0 ? 1 : -1;
  if (typeof b === "number" && !Number.isFinite(b)) return b > 0 ? -1 : 1;
  return compareDecimals(decimalOf(a), decimalOf(b));
}

/** A finite number as a decimal, exactly. */
export function decimalOf(value: Numeric): Decimal {
  if (value instanceof Decimal) return value;
  if (typeof value === "bigint" || Number.isInteger(value)) return new Decimal(BigInt(value).toString());
  return new Decimal(exactText(value));
}

/** A double is `m × 2^-k`, hence `m × 5^k` with k digits behind the point. */
function exactText(value: number): string {
  let power = 0;
  let whole = Math.abs(value);
  for (; !Number.isInteger(whole); power += 1) whole *= 2;
  const digits = (BigInt(whole) * 5n ** BigInt(power)).toString().padStart(power + 1, "0");
  return `${value < 0 ? "-" : ""}${digits.slice(0, -power)}.${digits.slice(-power)}`;
}

/**
 * What equal numbers have in common, for sets and maps: the number where a double holds it, else a bigint, else a
 * decimal's text.
 */
export function numericKey(value: Numeric): number | bigint | string {
  if (typeof value === "number") return value;
  if (value instanceof Decimal)
    return decimalKey(value.text.includes(".") ? value.text.replace(/\.?0+$/, "") : value.text);
  const number = Number(value);
  return BigInt(number) === value ? number : value;
}

/** Of the fractions, a double holds only some of those that end with a 5. */
function decimalKey(text: string): number | bigint | string {
  if (!text.includes(".")) return numericKey(BigInt(text));
  const number = Number(text);
  return text.endsWith("5") && compareNumeric(number, new Decimal(text)) === 0 ? number : text;
}
