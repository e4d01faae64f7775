import { GraphQLEnumType } from "graphql";
import type { ValueType } from "../../../catalog/types.ts";

/** What a time is cut to. */
export type TimeUnit = "minute" | "hour" | "day" | "week" | "month" | "quarter" | "year";

const DATE_UNITS = {
  DAY: { value: "day", description: "Its day." },
  WEEK: { value: "week", description: "The Monday of its week (ISO 8601)." },
  MONTH: { value: "month", description: "The first day of its month." },
  QUARTER: { value: "quarter", description: "The first day of its quarter." },
  YEAR: { value: "year", description: "The first day of its year." },
} as const;

const timeUnit = new GraphQLEnumType({
  name: "TimeUnit",
  description: "What a time is cut to: the moment at which its minute, hour, day and so on begins.",
  values: {
    MINUTE: { value: "minute", description: "The beginning of its minute." },
    HOUR: { value: "hour", description: "The beginning of its hour." },
    ...DATE_UNITS,
  },
});

const dateUnit = new GraphQLEnumType({
  name: "DateUnit",
  description: "What a date is cut to: the first day of its week, month and so on.",
  values: DATE_UNITS,
});

/** The units that the values of a type can be cut to; undefined where it is no date and no time with a date. */
export function unitsOf({ kind }: ValueType): GraphQLEnumType | undefined {
  if (kind === "date") return dateUnit;
  return kind.startsWith("timestamp-") || kind.startsWith("local-timestamp-") ? timeUnit : undefined;
}
