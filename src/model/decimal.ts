import { Big } from "big.js";

/**
 * An exact decimal number, as the stored form of Avro's `decimal`. Its scale is part of it: `12.50` isn't `12.5`, though
 * the two compare as equal.
 */
export class Decimal {
  /** Plain digits, without an exponent or needless zeros in front, and never `-0`: `-12.50`. */
  readonly text: string;

  /** `text` is taken as it is: whoever makes one has checked it. */
  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** The digits that a `Decimal` can have: those of IEEE 754's decimal128. What has more is kept as text. */
export const DECIMAL_DIGITS = 34;

/** Whether decimals of so many digits are stored as {@link Decimal}; else as text, which compares only for equality. */
export function isStoredAsDecimal(precision: number): boolean {
  return precision <= DECIMAL_DIGITS;
}

/** Compares by value: below 0, 0, or above 0. */
export function compareDecimals({ text: a }: Decimal, { text: b }: Decimal): number {
  if (a === b) return 0;
  const negative = a.startsWith("-");
  if (negative !== b.startsWith("-")) return negative ? -1 : 1;
  if (scaleOf(a) !== scaleOf(b)) return new Big(a).cmp(b);
  // Of one sign and scale: the longer is the greater, and of one length the digits decide.
  const order = a.length - b.length || (a < b ? -1 : 1);
  return negative ? -order : order;
}

/** What a decimal is, in words that tell its digits and its scale, and never its value: `a decimal(4, 3)` for `1.005`. */
export function describeDecimal({ text }: Decimal): string {
  if (!/^-?\d+(\.\d+)?$/.test(text)) return "a decimal that isn't written in plain digits";
  const digits = text.replaceAll(/[-.]/g, "").replace(/^0+/, "").length;
  const scale = scaleOf(text);
  return `a decimal(${Math.max(digits, scale, 1)}, ${scale})`;
}

/** How many digits stand behind the point. */
export function scaleOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}
