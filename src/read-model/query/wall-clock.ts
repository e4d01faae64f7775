import { EventQLError } from "../../errors.ts";

/** What the clock on the wall shows in a time zone, in ms as if it were UTC, and when it shows that. */
export interface WallClock {
  /** What it shows at a moment, in ms since 1970-01-01 UTC. */
  at(moment: number): number;
  /**
   * When it shows a time: the first moment where it does so twice, and the moment at which it leaps over the time where
   * it never does.
   */
  momentOf(shown: number): number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** How many hours a clock remembers. */
const MAX_HOURS = 100_000;

const clocks = new Map<string, WallClock>();

const utc: WallClock = { at: (moment) => moment, momentOf: (shown) => shown };

/** The clock of a time zone of the IANA database. @throws EventQLError `INTERNAL` where there is none of that name. */
export function wallClock(timeZone: string): WallClock {
  if (timeZone === "UTC") return utc;
  const known = clocks.get(timeZone);
  if (known !== undefined) return known;
  const clock = clockOf(offsets(formatterOf(timeZone)));
  clocks.set(timeZone, clock);
  return clock;
}

function clockOf(offsetAt: (moment: number) => number): WallClock {
  return {
    at: (moment) => moment + offsetAt(moment),
    momentOf: (shown) => {
      const before = shown - offsetAt(shown - DAY);
      if (before + offsetAt(before) === shown) return before;
      const after = shown - offsetAt(shown + DAY);
      // Within a leap, the offset from before it counts on to the moment after it.
      return after + offsetAt(after) === shown ? after : before;
    },
  };
}

/** By how much a clock is ahead of UTC. An hour that begins and ends with one offset has it throughout. */
function offsets(formatter: Intl.DateTimeFormat): (moment: number) => number {
  const onHours = new Map<number, number>();
  const onHour = (hour: number): number => {
    const known = onHours.get(hour);
    if (known !== undefined) return known;
    if (onHours.size >= MAX_HOURS) onHours.clear();
    const offset = shownBy(formatter, hour * HOUR) - hour * HOUR;
    onHours.set(hour, offset);
    return offset;
  };
  return (moment) => {
    const hour = Math.floor(moment / HOUR);
    const offset = onHour(hour);
    return offset === onHour(hour + 1) ? offset : shownBy(formatter, moment) - moment;
  };
}

function formatterOf(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone, hourCycle: "h23", era: "short", ...DATE, ...TIME });
  } catch (error) {
    throw new EventQLError("INTERNAL", `A pipeline names the time zone '${timeZone}', which isn't known.`, {
      cause: error,
    });
  }
}

const DATE = { year: "numeric", month: "numeric", day: "numeric" } as const;
const TIME = { hour: "numeric", minute: "numeric", second: "numeric" } as const;

/** NaN where there is no such moment. */
function shownBy(formatter: Intl.DateTimeFormat, moment: number): number {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return Number.NaN;
  const shown = new Map(formatter.formatToParts(date).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(shown.get(type));
  const year = shown.get("era")?.startsWith("B") === true ? 1 - part("year") : part("year");
  const milliseconds = ((moment % 1000) + 1000) % 1000;
  const wall = new Date(0);
  wall.setUTCFullYear(year, part("month") - 1, part("day"));
  return wall.setUTCHours(part("hour"), part("minute"), part("second"), milliseconds);
}
