import { DECIMAL_DIGITS, Decimal, isStoredAsDecimal } from "../../model/decimal.ts";
import type { DecimalLogical } from "./node.ts";

/**
 * The stored form of `unscaled × 10^-scale`; undefined where it has more digits than a {@link Decimal} can have: the bytes
 * of a schema's decimal may hold more than its precision says.
 */
export function decimalValue(
  unscaled: bigint,
  { precision, scale }: Omit<DecimalLogical, "name">,
): Decimal | string | undefined {
  const text = decimalText(unscaled, scale);
  if (!isStoredAsDecimal(precision)) return text;
  return isWithin(unscaled) ? new Decimal(text) : undefined;
}

const BEYOND = 10n ** BigInt(DECIMAL_DIGITS);

function isWithin(unscaled: bigint): boolean {
  return unscaled < BEYOND && unscaled > -BEYOND;
}

/** The exact text of `unscaled × 10^-scale`, with `scale` digits behind the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n;
  const digits = (negative ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale);
  const text = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`;
  return negative ? `-${text}` : text;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$/;

/** The unscaled number of a decimal's text; undefined where it is no decimal or `scale` digits can't hold it exactly. */
export function unscaledOf(text: string, scale: number): bigint | undefined {
  const [matched, sign, whole, fraction = ""] = DECIMAL.exec(text) ?? [];
  if (matched === undefined || /[1-9]/.test(fraction.slice(scale))) return undefined;
  const digits = BigInt(`${whole}${fraction.slice(0, scale).padEnd(scale, "0")}`);
  return sign === "-" ? -digits : digits;
}

/** How many digits a number has. */
export function digitsOf(unscaled: bigint): number {
  return (unscaled < 0n ? -unscaled : unscaled).toString().length;
}

/** A number in another scale; undefined where digits other than 0 would be lost. */
export function rescale(unscaled: bigint, from: number, to: number): bigint | undefined {
  if (to >= from) return unscaled * 10n ** BigInt(to - from);
  const divisor = 10n ** BigInt(from - to);
  return unscaled % divisor === 0n ? unscaled / divisor : undefined;
}

/** Big-endian two's complement, as Avro stores an unscaled number, to the number. */
export function bigintOfBytes(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
}

/** The shortest big-endian two's complement of a number, or of `size` bytes; undefined where they are too few. */
export function bytesOfBigint(value: bigint, size?: number): Uint8Array | undefined {
  const magnitude = value < 0n ? -value - 1n : value;
  const needed = magnitude === 0n ? 1 : Math.floor(magnitude.toString(2).length / 8) + 1;
  const length = size ?? needed;
  if (length < needed) return undefined;
  const hex = BigInt.asUintN(8 * length, value)
    .toString(16)
    .padStart(2 * length, "0");
  return new Uint8Array(Buffer.from(hex, "hex"));
}
