import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { findTransaction } from "../../../src/command/processor/find-transaction.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import type { LogRecord } from "../../../src/model/event.ts";

const of = { topic: "t", partition: 0 };

type Stood = number | "plain" | "gap" | { readonly invalid: number };

/** A log of events, undefined where nothing is, by what transaction they have; `invalid`: the event that undoes one. */
function logOf(events: readonly Stood[]) {
  const records = events.flatMap((event, offset): LogRecord[] => {
    if (event === "gap") return [];
    const transaction = typeof event === "object" ? event.invalid : event;
    const type = typeof event === "object" ? "eventql.EventInvalidate" : "x.Set";
    const header = transaction === "plain" ? {} : { eventql_transaction: String(transaction) };
    return [{ ...of, offset, timestamp: 0, key: Buffer.from("a"), value: null, headers: { ce_type: type, ...header } }];
  });
  return vi.fn<EventLog["readRange"]>(async ({ from, until = events.length, limit = 10_000 }) => {
    const found = records.filter(({ offset }) => offset >= from && offset < until);
    const part = found.slice(0, limit);
    const complete = part.length === found.length;
    return await Promise.resolve({ records: part, next: complete ? until : (part.at(-1)?.offset ?? 0) + 1, complete });
  });
}

const { signal } = new AbortController();

test("finds the events of a transaction, and only them, however long ago it was", async () => {
  const run = fc.record({
    kind: fc.constantFrom("transaction", "plain", "gap", "invalid"),
    length: fc.integer({ min: 1, max: 900 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(run, { maxLength: 14 }), async (runs) => {
      const events = runs.flatMap(({ kind, length }, index): readonly Stood[] => {
        if (kind === "transaction") return Array.from({ length: 1 + (length % 5) }, () => 10 * index);
        if (kind === "invalid") return [{ invalid: 10 * Math.floor(index / 2) }];
        return Array.from({ length }, () => (kind === "gap" ? ("gap" as const) : ("plain" as const)));
      });
      const readRange = logOf(events);
      for (const id of [...runs.keys()].flatMap((index) => [10 * index, 10 * index + 1])) {
        const found = await findTransaction({ readRange }, { ...of, from: 0, until: events.length }, id, signal);
        const own = events.flatMap((event, offset) => (event === id ? [offset] : []));
        expect(found.map(({ offset }) => offset)).toEqual(own);
      }
    }),
    { numRuns: 40 },
  );
});

test("reads little of a long log", async () => {
  const events = Array.from({ length: 200_000 }, (_, offset) => offset);
  const readRange = logOf(events);
  expect(await findTransaction({ readRange }, { ...of, from: 0, until: events.length }, 123_456, signal)).toHaveLength(
    1,
  );
  expect(readRange.mock.calls.length).toBeLessThan(15);
});
