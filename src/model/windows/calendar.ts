import { Temporal } from "temporal-polyfill";

/** How long windows are, by the calendar. Weeks begin on Monday, as ISO 8601 has it. */
export type WindowLength = "hour" | "day" | "week" | "month";

/** A stretch of time: from its start on, and before its end. In ms since 1970-01-01 UTC. */
export interface Window {
  readonly start: number;
  readonly end: number;
  /** Its beginning on the clocks of its time zone, as ISO 8601 writes it: `2026-03-29`, or `2026-03-29T03:00+02:00`. */
  readonly name: string;
}

/** Which window a time lies in, in ms since 1970-01-01 UTC. */
export type WindowAt = (time: number) => Window;

const HOUR = 3_600_000;

/** Most events lie in one of the windows that others lay in shortly before. */
const KNOWN_WINDOWS = 64;

/**
 * The windows of a time zone of the IANA database, which follow one another without a gap. Days are 23 or 25 hours long
 * where clocks are moved in them; an hour begins when the clocks show a full one, or are moved.
 * @throws RangeError where there is no such time zone.
 */
export function windowsOf(by: WindowLength, timeZone: string): WindowAt {
  const { timeZoneId } = new Temporal.ZonedDateTime(0n, timeZone);
  const find = by === "hour" ? hourAt : periodAt(PERIODS[by]);
  const known: Window[] = [];
  let newest: Window | undefined;
  const lookUp = (time: number): Window => {
    const found = known.find((window) => holds(window, time));
    if (found !== undefined) return found;
    const window = find(moment(time, timeZoneId));
    if (known.push(window) > KNOWN_WINDOWS) known.shift();
    return window;
  };
  return (time) => (newest !== undefined && holds(newest, time) ? newest : (newest = lookUp(time)));
}

function holds({ start, end }: Window, time: number): boolean {
  return start <= time && time < end;
}

/** Some zones are ahead of UTC by half hours, and some clocks were moved by half an hour, or within an hour. */
function hourAt(at: Temporal.ZonedDateTime): Window {
  const full = at.epochMilliseconds - ((at.minute * 60 + at.second) * 1000 + at.millisecond);
  const start = sameOffset(at, full) ? full : moved(at.add({ milliseconds: 1 }), "previous", full);
  const end = sameOffset(at, full + HOUR - 1) ? full + HOUR : moved(at, "next", full + HOUR);
  const name = moment(start, at.timeZoneId).toString({ smallestUnit: "minute", timeZoneName: "never" });
  return { start, end, name };
}

function sameOffset(at: Temporal.ZonedDateTime, other: number): boolean {
  return moment(other, at.timeZoneId).offsetNanoseconds === at.offsetNanoseconds;
}

function moved(at: Temporal.ZonedDateTime, direction: "previous" | "next", otherwise: number): number {
  return at.getTimeZoneTransition(direction)?.epochMilliseconds ?? otherwise;
}

function moment(milliseconds: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(milliseconds).toZonedDateTimeISO(timeZone);
}

interface Period {
  readonly first: (day: Temporal.PlainDate) => Temporal.PlainDate;
  readonly length: Temporal.DurationLike;
}

const PERIODS: Readonly<Record<Exclude<WindowLength, "hour">, Period>> = {
  day: { first: (day) => day, length: { days: 1 } },
  week: { first: (day) => day.subtract({ days: day.dayOfWeek - 1 }), length: { weeks: 1 } },
  month: { first: (day) => day.with({ day: 1 }), length: { months: 1 } },
};

function periodAt({ first, length }: Period): (at: Temporal.ZonedDateTime) => Window {
  return (at) => {
    const begins = (day: Temporal.PlainDate): number => day.toZonedDateTime(at.timeZoneId).epochMilliseconds;
    let day = first(at.toPlainDate());
    let next = day.add(length);
    // Where clocks are moved back past midnight, a day's last hour comes again when the next has begun: it belongs to that.
    while (begins(next) <= at.epochMilliseconds) [day, next] = [next, next.add(length)];
    return { start: begins(day), end: begins(next), name: day.toString() };
  };
}
