/** ms of a day. */
export const DAY_MS = 86_400_000;

/** The largest distance from 1970 that a `Date` holds, in ms. */
const DATE_MAX_MS = 8.64e15;

/** The date of ms since 1970, or undefined where none can hold it. */
export function dateOfMillis(millis: number | bigint): Date | undefined {
  const number = Number(millis);
  return Math.abs(number) <= DATE_MAX_MS ? new Date(number) : undefined;
}

/** A number while it is a safe integer, else the bigint. */
export function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Millis to micros, exactly. */
export function microsOfMillis(millis: number | bigint): bigint {
  return BigInt(millis) * 1000n;
}

/** Micros to millis, rounded down. */
export function millisOfMicros(micros: number | bigint): number | bigint {
  if (typeof micros === "number") return Math.floor(micros / 1000);
  const millis = micros / 1000n;
  return narrow(micros < 0n && millis * 1000n !== micros ? millis - 1n : millis);
}
