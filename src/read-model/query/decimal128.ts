import { DECIMAL_DIGITS, Decimal, scaleOf } from "../../model/decimal.ts";

/*
 * Arithmetic on decimals as IEEE 754's decimal128 has it, and so MongoDB: results have at most 34 digits, are rounded half
 * to even, and keep the digits behind the point where they can.
 */

/** `unscaled × 10^-scale`; the scale may be negative. */
interface Unscaled {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Adds two decimals. */
export function addDecimals(first: Decimal, second: Decimal): Decimal {
  const [a, b] = [unscaledOf(first), unscaledOf(second)];
  const scale = Math.max(a.scale, b.scale);
  return rounded({ unscaled: atScale(a, scale) + atScale(b, scale), scale }, false);
}

/** Divides a decimal by a whole number that isn't 0. */
export function divideDecimal(dividend: Decimal, divisor: number): Decimal {
  const { unscaled, scale } = unscaledOf(dividend);
  const by = BigInt(divisor);
  // So many digits more that the quotient has one more than are kept, or two: by those it is rounded.
  const more = Math.max(0, DECIMAL_DIGITS + 1 + lengthOf(by) - lengthOf(unscaled));
  const scaled = unscaled * 10n ** BigInt(more);
  const result = { unscaled: scaled / by, scale: scale + more };
  return scaled % by === 0n ? rounded(shortened(result, scale), false) : rounded(result, true);
}

function unscaledOf({ text }: Decimal): Unscaled {
  return { unscaled: BigInt(text.replace(".", "")), scale: scaleOf(text) };
}

function atScale(value: Unscaled, scale: number): bigint {
  return value.unscaled * 10n ** BigInt(scale - value.scale);
}

/** Without zeros at its end, as far as that doesn't take it below a scale. */
function shortened({ unscaled, scale }: Unscaled, least: number): Unscaled {
  let [digits, left] = [unscaled, scale];
  for (; left > least && digits % 10n === 0n; left -= 1) digits /= 10n;
  return { unscaled: digits, scale: left };
}

/** `inexact`: there is something behind the last digit. */
function rounded({ unscaled, scale }: Unscaled, inexact: boolean): Decimal {
  const excess = lengthOf(unscaled) - DECIMAL_DIGITS;
  if (excess <= 0) return decimalOf({ unscaled, scale });
  const unit = 10n ** BigInt(excess);
  const [kept, rest] = [unscaled / unit, 2n * absolute(unscaled % unit)];
  const up = rest > unit || (rest === unit && (inexact || kept % 2n !== 0n));
  const digits = up ? kept + (unscaled < 0n ? -1n : 1n) : kept;
  return rounded({ unscaled: digits, scale: scale - excess }, false);
}

function decimalOf({ unscaled, scale }: Unscaled): Decimal {
  if (scale <= 0) return new Decimal((unscaled * 10n ** BigInt(-scale)).toString());
  const digits = absolute(unscaled)
    .toString()
    .padStart(scale + 1, "0");
  return new Decimal(`${unscaled < 0n ? "-" : ""}${digits.slice(0, -scale)}.${digits.slice(-scale)}`);
}

function lengthOf(value: bigint): number {
  return absolute(value).toString().length;
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
