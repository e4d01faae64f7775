import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packOutputs, unpackOutputs } from "../../../src/dataflow/outbox/pack-outputs.ts";
import type { Output } from "../../../src/model/output.ts";
import {
  type CrashPoint,
  OutboxProcess,
  OutboxWorld,
  type OutboxStores,
  type Seen,
  openStores,
  seenAs,
} from "./outbox-world.ts";

const crashPoint: fc.Arbitrary<CrashPoint> = fc.record({
  call: fc.constantFrom("store", "publish", "takeOver", "find"),
  nth: fc.integer({ min: 1, max: 5 }),
  when: fc.constantFrom("before", "after"),
});

/** The outputs of each key on each topic, in their order; late ones apart, for they may come at any time. */
function byKey(seen: readonly Seen[]): Readonly<Record<string, readonly Seen[]>> {
  const names = Map.groupBy(seen, ({ topic, key, id }) => `${topic} ${key} ${id.startsWith("late") ? "late" : ""}`);
  const sorted = [...names].map(([name, own]) => [name, name.endsWith("late") ? own.toSorted(byId) : own] as const);
  return Object.fromEntries(sorted);
}

function byId(one: Seen, other: Seen): number {
  return one.id < other.id ? -1 : 1;
}

function expected(world: OutboxWorld, events: number, late: number): Readonly<Record<string, readonly Seen[]>> {
  const written = Array.from({ length: events }, (_, offset) => world.outputsOf(offset)).flat();
  const behind = Array.from({ length: late }, (_, index) => world.lateOutput(index));
  return byKey([...written, ...behind].map(seenAs));
}

describe("outputs that are stored with states", () => {
  let stores: OutboxStores;

  beforeAll(async () => {
    stores = await openStores();
  });

  afterAll(async () => {
    await stores.close();
  });

  it("are published once, in order, wherever processes die", { timeout: 60_000 }, async () => {
    const story = fc.record({
      crashes: fc.array(crashPoint, { maxLength: 6 }),
      events: fc.integer({ min: 0, max: 40 }),
      batch: fc.integer({ min: 1, max: 8 }),
      late: fc.integer({ min: 0, max: 2 }),
    });
    const isOnce = async ({ crashes, events, batch, late }: typeof story extends fc.Arbitrary<infer S> ? S : never) => {
      const world = await OutboxWorld.open(stores, late);
      for (const crash of crashes) await new OutboxProcess(world, crash).run(events, batch);
      expect(await new OutboxProcess(world).run(events, batch)).toBe(true);
      expect(byKey(await world.published())).toEqual(expected(world, events, late));
      expect(await world.waiting()).toBe(0);
    };
    await fc.assert(fc.asyncProperty(story, isOnce), { numRuns: 150 });
  });

  it("are published once where two processes take the partition from each other", async () => {
    const world = await OutboxWorld.open(stores, 2);
    const both = [new OutboxProcess(world), new OutboxProcess(world)];
    expect(await Promise.all(both.map(async (each) => await each.run(200, 3)))).toEqual([true, true]);
    expect(byKey(await world.published())).toEqual(expected(world, 200, 2));
    expect(await world.waiting()).toBe(0);
  });

  it("come back from their packed form as they were", () => {
    const output: fc.Arbitrary<Output> = fc.record({
      topic: fc.constantFrom("a", "b", "long topic name"),
      key: fc.string({ unit: "grapheme" }),
      value: fc.uint8Array(),
      headers: fc.dictionary(fc.constantFrom("ce_id", "ce_type", "ce_time", "x"), fc.string({ unit: "grapheme" })),
      offset: fc.maxSafeNat(),
    });
    fc.assert(
      fc.property(fc.array(output), (outputs) => {
        expect(unpackOutputs(packOutputs(outputs))).toEqual(
          outputs.map((each) => ({ ...each, headers: { ...each.headers } })),
        );
      }),
    );
    expect(() => unpackOutputs(Uint8Array.of(9))).toThrow("Stored outputs have the form 9");
  });
});
