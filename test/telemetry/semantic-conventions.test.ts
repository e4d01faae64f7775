import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { expect, test } from "vitest";
import { INSTRUMENTS } from "../../src/telemetry/instruments.ts";
import { PROCESS_INSTRUMENTS } from "../../src/telemetry/process-metrics.ts";
import { ATTRIBUTE } from "../../src/telemetry/semantic-conventions.ts";

function defined(prefix: string): ReadonlySet<unknown> {
  return new Set(Object.entries(conventions).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : [])));
}

test("every attribute is one of OpenTelemetry's conventions, or ours by its prefix", () => {
  const known = defined("ATTR_");
  const others = Object.values(ATTRIBUTE).filter((name) => !known.has(name));
  expect(others).toEqual([
    "eventql.graphql.field",
    "eventql.stream.name",
    "eventql.projection.name",
    "eventql.event.ids",
    "eventql.projection.committed",
  ]);
});

test("every metric is one of OpenTelemetry's conventions, or ours by its prefix", () => {
  const known = defined("METRIC_");
  const names = [...Object.values(INSTRUMENTS), ...Object.values(PROCESS_INSTRUMENTS)].map(({ name }) => name);
  expect(names.filter((name) => !known.has(name) && !name.startsWith("eventql."))).toEqual([]);
  expect(names.filter((name) => known.has(name))).toHaveLength(10);
  expect(new Set(names).size).toBe(names.length);
});

test("durations are in seconds, with the buckets that the conventions ask for", () => {
  const advised = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
  const durations = Object.values(INSTRUMENTS).filter(({ name }) => name.endsWith(".duration"));
  expect(durations).toHaveLength(6);
  for (const { unit, buckets } of durations) {
    expect(unit).toBe("s");
    expect(buckets).toEqual(expect.arrayContaining(advised));
    expect(buckets).toEqual(buckets?.toSorted((a, b) => a - b));
  }
});
