import { Decimal128 } from "mongodb";
import { Decimal, scaleOf } from "../../model/decimal.ts";

const BYTES = 16;

/** The exponent 0 as it is written. */
const BIAS = 6176;

/** Digits that a double counts exactly. */
const SAFE_DIGITS = 15;

const TWO_32 = 2 ** 32;

/**
 * A decimal as BSON's: its digits as a whole number, and how many of them stand behind the point. The driver reads the
 * same from text, but takes ten times as long, for every document that is written.
 * Source: https://github.com/mongodb/specifications/blob/master/source/bson-decimal128/decimal128.md
 */
export function toDecimal128({ text }: Decimal): Decimal128 {
  const digits = text.replace("-", "").replace(".", "");
  const bytes = Buffer.alloc(BYTES);
  const exponent = (BIAS - scaleOf(text)) * 2 ** 17 + (text.startsWith("-") ? 2 ** 31 : 0);
  if (digits.length <= SAFE_DIGITS) {
    const coefficient = Number(digits);
    bytes.writeUInt32LE(coefficient % TWO_32, 0);
    bytes.writeUInt32LE(Math.floor(coefficient / TWO_32), 4);
    bytes.writeUInt32LE(exponent, 12);
  } else {
    const coefficient = BigInt(digits);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, coefficient), 0);
    bytes.writeBigUInt64LE((BigInt(exponent) << 32n) + (coefficient >> 64n), 8);
  }
  return new Decimal128(bytes);
}

const TEXT = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]\d+))?$/;

/** A Decimal128 in the stored form, its digits behind the point kept. NaN and infinities, which no decimal is, are numbers. */
export function decimal128Value(value: Decimal128): Decimal | number {
  const text = value.toString();
  const [matched, sign = "", whole = "", fraction = "", exponent = "0"] = TEXT.exec(text) ?? [];
  if (matched === undefined) return Number(text);
  const isZero = !/[1-9]/.test(whole + fraction);
  return new Decimal(`${isZero ? "" : sign}${plainDigits(whole, fraction, Number(exponent), isZero)}`);
}

/** Moves the point to where the exponent has it. */
function plainDigits(whole: string, fraction: string, exponent: number, isZero: boolean): string {
  if (exponent === 0) return fraction === "" ? whole : `${whole}.${fraction}`;
  const scale = fraction.length - exponent;
  if (scale <= 0) return isZero ? "0" : `${whole}${fraction}${"0".repeat(-scale)}`;
  const digits = `${whole}${fraction}`.padStart(scale + 1, "0");
  return `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
