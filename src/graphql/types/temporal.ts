const DATE_TIME = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;
const OFFSET = /(?:([Zz])|([+-])(\d\d):(\d\d))$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?$/;
const SECONDS_PER_DAY = 86_400;
const MICROS_PER_MINUTE = 60_000_000n;

/** Reads an RFC 3339 date-time, with its offset, as µs since 1970-01-01 UTC; undefined where it is none. */
export function parseDateTime(text: string): bigint | undefined {
  const offset = OFFSET.exec(text);
  if (offset === null) return undefined;
  const [, , sign, hours = "0", minutes = "0"] = offset;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const local = parseLocalDateTime(text.slice(0, offset.index));
  if (local === undefined) return undefined;
  const ahead = BigInt(Number(hours) * 60 + Number(minutes)) * MICROS_PER_MINUTE;
  return sign === "-" ? local + ahead : local - ahead;
}

/** Reads a date-time that has no offset as µs since 1970-01-01, as if it were UTC; undefined where it is none. */
export function parseLocalDateTime(text: string): bigint | undefined {
  const match = DATE_TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day] = match.map(Number);
  const time = parseTime(text.slice(text.search(/[Tt ]/) + 1));
  if (year === undefined || month === undefined || day === undefined || time === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return BigInt(date.getTime()) * 1000n + BigInt(time);
}

/** Reads a date before the year 0 or after 9999, as ISO 8601 expands it (`+010000-01-01`); undefined where it is none. */
export function parseExpandedDate(text: string): Date | undefined {
  const midnight = /^[+-]/.test(text) ? parseLocalDateTime(`${text}T00:00:00`) : undefined;
  return midnight === undefined ? undefined : new Date(Number(midnight / 1000n));
}

/** Reads a time of day as µs since midnight; undefined where it is none. */
export function parseTime(text: string): number | undefined {
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, hours, minutes, seconds] = match.map(Number);
  const micros = Number((match[4] ?? "").padEnd(6, "0"));
  if (hours === undefined || minutes === undefined || seconds === undefined) return undefined;
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros;
}

/** Writes µs since 1970-01-01 with six digits and no offset; undefined where no date can hold them. */
export function formatMicros(micros: bigint): string | undefined {
  const rest = ((micros % 1000n) + 1000n) % 1000n;
  const date = new Date(Number((micros - rest) / 1000n));
  if (Number.isNaN(date.getTime())) return undefined;
  return `${date.toISOString().slice(0, -1)}${String(rest).padStart(3, "0")}`;
}

/** Writes a time of day that is a count of units since midnight, `digits` of them after the second; undefined for others. */
export function formatTime(units: number, digits: 3 | 6): string | undefined {
  const perSecond = 10 ** digits;
  if (!Number.isInteger(units) || units < 0 || units >= SECONDS_PER_DAY * perSecond) return undefined;
  const seconds = Math.floor(units / perSecond);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const clock = parts.map((part) => String(part).padStart(2, "0")).join(":");
  return `${clock}.${String(units % perSecond).padStart(digits, "0")}`;
}
