import type { WindowLength } from "./calendar.ts";
import type { Measure } from "./measures.ts";

/** What of the rules of windows the types alone hold. */
export interface CheckedRules {
  readonly from: unknown;
  readonly by: WindowLength;
  readonly timeZone: string;
  readonly measures: Readonly<Record<string, Measure>> | undefined;
  readonly where: unknown;
}

const LENGTHS: ReadonlySet<unknown> = new Set<WindowLength>(["hour", "day", "week", "month"]);
const MEASURES: ReadonlySet<unknown> = new Set<Measure["measure"]>([
  "count",
  "sum",
  "avg",
  "min",
  "max",
  "last",
  "distinct",
]);

/** Checks what types rule out, for those who write without them. @throws TypeError what is wrong, and what to write. */
export function checkRules({ from, by, timeZone, measures, where }: CheckedRules): void {
  if (!Array.isArray(from)) throw new TypeError(`from is ${told(from)}: give a list of topics, such as ["orders"]`);
  if (!LENGTHS.has(by)) throw new TypeError(`by is ${told(by)}: give "hour", "day", "week" or "month"`);
  if (!isTimeZone(timeZone)) {
    const known = 'name one of the IANA database, such as "Europe/Berlin"';
    throw new TypeError(`timeZone is ${told(timeZone)}, and there is no such time zone: ${known}`);
  }
  if (where !== undefined && typeof where !== "function")
    throw new TypeError(`where is ${told(where)}: write (event) => …, or leave it out`);
  if (typeof measures !== "object")
    throw new TypeError("measures are missing: name what is measured, such as { orders: count() }");
  for (const [name, measure] of Object.entries(measures))
    if (!MEASURES.has(Object(measure).measure))
      throw new TypeError(
        `measures.${name} is ${told(measure)}: write count(), sum("field", "long") or another measure`,
      );
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).format() !== "";
  } catch {
    return false;
  }
}

function told(value: unknown): string {
  return typeof value === "function" ? "a function" : (JSON.stringify(value) ?? "missing");
}
