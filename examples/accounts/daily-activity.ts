import { type Projection, avg, count, decimal, last, max, min, sum, windows } from "../../src/index.ts";
import type { ActivityEvent } from "./types.ts";

const money = decimal(12, 2);

/** What happened on each account day by day, by the clocks of Berlin. It is kept when the events are gone. */
export const dailyActivity: Projection = windows<ActivityEvent>({
  name: "DailyActivity",
  doc: "What happened on an account in a day.",
  from: ["account-events"],
  by: "day",
  timeZone: "Europe/Berlin",
  groupBy: { account: (event) => event.key, type: (event) => event.type },
  measures: {
    events: count(),
    total: sum("amount", money),
    average: avg("amount", money),
    smallest: min("amount", money),
    largest: max("amount", money),
    newest: last("amount", money),
  },
});
