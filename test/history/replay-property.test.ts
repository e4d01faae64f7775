import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type TestEvent, World, typeNames } from "./world.ts";

/** Events of few keys; a type that nobody knows is a dead letter, and parks its key. */
const streams: fc.Arbitrary<readonly TestEvent[]> = fc.array(
  fc.record({
    key: fc.constantFrom("a", "b", "c"),
    type: fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...typeNames, undefined) },
      { weight: 1, arbitrary: fc.constant("Unknown") },
    ),
    payload: fc.record({
      name: fc.string({ maxLength: 3 }),
      total: fc.integer(),
      tags: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
    }),
    // Clocks that differ: the order is by offset.
    timestamp: fc.integer({ min: 0, max: 5_000 }),
  }),
  { maxLength: 40 },
);

describe.each(["journal", "log"] as const)("what the %s tells of each moment", (by) => {
  test("is what the projector had stored then, however the events were batched", async () => {
    await fc.assert(
      fc.asyncProperty(streams, fc.integer({ min: 1, max: 15 }), async (events, size) => {
        const [batched, single] = [await World.open({ ttlMs: undefined }), await World.open(undefined)];
        await batched.restart();
        await single.restart();
        await batched.apply(events, size);
        for (const [offset, event] of events.entries()) {
          await single.apply([event]);
          for (const key of ["a", "b", "c"])
            expect(await batched.at(by, key, { offset })).toEqual(await single.stored(key));
        }
        for (const key of ["a", "b", "c"]) {
          const latest = await batched.at(by, key, { timestamp: 5_000 });
          expect(latest).toEqual(await single.stored(key));
        }
        await batched.close();
        await single.close();
      }),
      { numRuns: 25 },
    );
  });
});

describe("what a journal with gaps tells of each moment", () => {
  test("is what the projector had stored then, or that it is gone", async () => {
    const told = { right: 0, gone: 0 };
    const parts = fc.array(fc.tuple(streams, fc.boolean()), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 15 }), async (segments, size) => {
        const [world, single] = [await World.open(undefined), await World.open(undefined)];
        await world.restart();
        await single.restart();
        for (const [events, isOn] of segments) {
          await world.keep(isOn ? { ttlMs: undefined } : undefined);
          await world.apply(events, size);
        }
        await world.keep({ ttlMs: undefined });
        let offset = 0;
        for (const event of segments.flatMap(([events]) => events)) {
          await single.apply([{ ...event, timestamp: event.timestamp ?? 0 }]);
          for (const key of ["a", "b", "c"]) {
            const past = await world.at("journal", key, { offset });
            told[past === "HISTORY_GONE" ? "gone" : "right"] += 1;
            expect([await single.stored(key), "HISTORY_GONE"]).toContainEqual(past);
          }
          offset += 1;
        }
        await world.close();
        await single.close();
      }),
      { numRuns: 25 },
    );
    expect(told.right).toBeGreaterThan(told.gone / 10);
    expect(told.gone).toBeGreaterThan(0);
  });

  test("once the older events have expired, too", async () => {
    const told = { right: 0, gone: 0 };
    await fc.assert(
      fc.asyncProperty(streams, fc.nat(39), async (events, expired) => {
        const [world, single] = [await World.open({ ttlMs: 500_000 }), await World.open(undefined)];
        await world.restart();
        await single.restart();
        const now = Date.now();
        const timed = events.map((event, index) => ({
          ...event,
          timestamp: now + index - (index < expired ? 1_000_000 : 1_000),
        }));
        await world.apply(timed);
        for (const [offset, event] of timed.entries()) {
          await single.apply([event]);
          for (const key of ["a", "b", "c"])
            for (const moment of [{ offset }, { timestamp: event.timestamp }]) {
              const past = await world.at("journal", key, moment);
              told[past === "HISTORY_GONE" ? "gone" : "right"] += 1;
              expect([await single.stored(key), "HISTORY_GONE"]).toContainEqual(past);
            }
        }
        await world.close();
        await single.close();
      }),
      { numRuns: 25 },
    );
    expect(told.right).toBeGreaterThan(told.gone / 10);
    expect(told.gone).toBeGreaterThan(0);
  });
});
