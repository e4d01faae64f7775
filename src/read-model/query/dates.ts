import { evalExpr } from "mingo/core";
import { $dateSubtract } from "mingo/operators/expression";
import type { Any, AnyObject, Options } from "mingo/types";
import { isPlainObject } from "./compare.ts";
import { type WallClock, wallClock } from "./wall-clock.ts";

type Expression = (object: AnyObject, operand: Any, options: Options) => Any;

/**
 * MongoDB's expressions of dates for mingo, in place of its own: by all time zones, and null of null. Hours are those of
 * the clock on the wall.
 */
export const dateExpressions: Readonly<Record<`$${string}`, Expression>> = {
  $dateTrunc: ofDate("date", (date, { unit, startOfWeek }, clock) => {
    const truncate = TRUNCATE[String(unit)];
    return truncate === undefined ? null : new Date(truncate(date.getTime(), clock, weekday(startOfWeek)));
  }),
  $minute: ofDate("date", (date, _operand, clock) => Math.floor(modulo(clock.at(date.getTime()), HOUR) / MINUTE)),
  $dateSubtract: (object, operand, options) => {
    const given: unknown = evalExpr(object, operand, options);
    const { startDate, unit, amount }: Readonly<Record<string, unknown>> = isPlainObject(given) ? given : {};
    if (!(startDate instanceof Date)) return null;
    // What is evaluated twice takes twice as long.
    return unit === "minute" && typeof amount === "number"
      ? new Date(startDate.getTime() - amount * MINUTE)
      : $dateSubtract(object, operand, options);
  },
};

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The first day of 1970 was a Thursday; Sunday is 0. */
const FIRST_WEEKDAY = 4;

type Truncate = (moment: number, clock: WallClock, firstWeekday: number) => number;

const TRUNCATE: Readonly<Record<string, Truncate>> = {
  minute: (moment, clock) => moment - modulo(clock.at(moment), MINUTE),
  hour: (moment, clock) => moment - modulo(clock.at(moment), HOUR),
  day: byDay((day) => day),
  week: byDay((day, firstWeekday) => day - modulo(day / DAY + FIRST_WEEKDAY - firstWeekday, 7) * DAY),
  month: byDay((day) => firstOfMonth(day, 1)),
  quarter: byDay((day) => firstOfMonth(day, 3)),
  year: byDay((day) => firstOfMonth(day, 12)),
};

function byDay(first: (day: number, firstWeekday: number) => number): Truncate {
  return (moment, clock, firstWeekday) => {
    const shown = clock.at(moment);
    return clock.momentOf(first(shown - modulo(shown, DAY), firstWeekday));
  };
}

/** The first day of the period of so many months that a day lies in. */
function firstOfMonth(day: number, months: number): number {
  const date = new Date(day);
  date.setUTCMonth(date.getUTCMonth() - (date.getUTCMonth() % months), 1);
  return date.getTime();
}

function weekday(startOfWeek: unknown): number {
  const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
  return Math.max(0, days.indexOf(String(startOfWeek).slice(0, 3).toLowerCase()));
}

function ofDate(
  name: string,
  calculate: (date: Date, operand: Readonly<Record<string, unknown>>, clock: WallClock) => unknown,
): Expression {
  return (object, operand, options) => {
    const given: unknown = evalExpr(object, operand, options);
    const fields = isPlainObject(given) ? given : { [name]: given };
    const date = fields[name];
    if (!(date instanceof Date)) return null;
    const timeZone = fields["timezone"];
    return calculate(date, fields, wallClock(typeof timeZone === "string" ? timeZone : "UTC"));
  };
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}
