import type { ValueType } from "../../../catalog/types.ts";
import type { TimeUnit } from "./time-unit.ts";
import { UTC } from "./time-zone.ts";

/**
 * The expression that cuts the time at a path, as PostgreSQL's `date_trunc` does. Null stays null. What is no moment (a
 * date, a local timestamp) has no zone.
 */
export function truncation(path: string, { kind }: ValueType, unit: TimeUnit, timeZone: string): unknown {
  const zone = kind.startsWith("timestamp-") ? timeZone : UTC;
  if (!kind.endsWith("-micros")) return truncated(path, unit, zone);
  // A BSON date holds milliseconds; only decimals divide longs exactly.
  const date = { $toDate: { $floor: { $divide: [{ $toDecimal: path }, 1000] } } };
  return { $multiply: [{ $toLong: truncated(date, unit, zone) }, 1000] };
}

function truncated(date: unknown, unit: TimeUnit, timezone: string): unknown {
  const zone = timezone === UTC ? {} : { timezone };
  if (unit === "week") return { $dateTrunc: { date, unit, startOfWeek: "monday", ...zone } };
  if (unit !== "hour" || timezone === UTC) return { $dateTrunc: { date, unit, ...zone } };
  // MongoDB counts hours from the year 2000 on, which is wrong where a zone has since moved by half an hour.
  const minute = { $dateTrunc: { date, unit: "minute", ...zone } };
  return { $dateSubtract: { startDate: minute, unit: "minute", amount: { $minute: { date, timezone } } } };
}
