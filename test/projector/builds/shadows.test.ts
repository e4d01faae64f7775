import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Build } from "../../../src/model/builds.ts";
import type { Commit } from "../../../src/read-model/read-model.ts";
import { ShadowWorld, type Written, buildOf } from "./shadow-world.ts";

const FIRST = buildOf("", "add");
const OTHER = buildOf("b0000001", "set");
const AGAIN = buildOf("b0000002", "add");
const PATIENCE = { timeout: 5_000, interval: 2 };

describe("builds beside the one that a partition's owner keeps", () => {
  let world: ShadowWorld;

  beforeEach(async () => {
    world = await ShadowWorld.open();
  });

  afterEach(async () => {
    await world.close();
  });

  const standsWith = async (build: Build, live: Build = FIRST): Promise<void> => {
    await vi.waitFor(async () => expect(await world.next(build)).toBe(await world.next(live)), PATIENCE);
  };
  const applyAll = async (): Promise<void> => {
    while (await world.apply(4));
  };
  const events = (count: number): readonly Written[] =>
    Array.from({ length: count }, (_, i) => [`k${i % 5}`, i % 11 === 10 ? null : i]);

  test("catch up in the background, then move in the owner's transactions", async () => {
    world.write(events(40));
    await applyAll();
    world.build(FIRST, [OTHER]);
    await standsWith(OTHER);
    const commit = vi.spyOn(world.readModel, "commit");
    world.write(events(12));
    await applyAll();
    await standsWith(OTHER);
    const moves = commit.mock.calls.map(([{ checkpoint, also = [] }]: readonly [Commit]) =>
      [checkpoint, ...also.map((move) => move.checkpoint)].map(({ projection }) => projection),
    );
    expect(moves.at(-1)).toEqual([FIRST.projection, OTHER.projection]);
    expect(await world.documents(OTHER)).toEqual(await world.fresh("set"));
    expect(await world.documents(FIRST)).toEqual(await world.fresh("add"));
  });

  test("one that is fenced leaves the owner to go on, and catches up again", async () => {
    world.write(events(10));
    await applyAll();
    world.build(FIRST, [OTHER]);
    await standsWith(OTHER);
    world.write(events(5));
    // Somebody else moves it, by nothing.
    const [checkpoint] = await world.readModel.checkpoints(OTHER.projection);
    if (checkpoint === undefined) throw new TypeError("it has joined");
    const moved = { checkpoint: { ...checkpoint, next: checkpoint.next + 1 }, from: checkpoint.next, writes: [] };
    await world.readModel.commit(moved);
    await applyAll();
    await standsWith(OTHER);
    expect(await world.next(FIRST)).toBe(await world.next(OTHER));
  });

  test("keys are parked in each build by what that can't apply, and dead letters are its own", async () => {
    world.write([
      ["a", 1],
      ["b", Number.NaN],
      ["b", 2],
      ["a", 3],
    ]);
    await applyAll();
    world.build(FIRST, [AGAIN]);
    await standsWith(AGAIN);
    world.write([["b", 5]]);
    await applyAll();
    await standsWith(AGAIN);
    for (const { projection } of [FIRST, AGAIN]) {
      const filter = { projection };
      expect(await world.readModel.find("eventql_dead_letters", { filter })).toHaveLength(3);
      expect(await world.readModel.find("eventql_parked_keys", { filter })).toMatchObject([{ key: "b" }]);
    }
    expect(await world.documents(AGAIN)).toEqual(await world.fresh("add"));
  });
});

type Step =
  | { readonly do: "write"; readonly events: readonly Written[] }
  | { readonly do: "apply"; readonly count: number }
  | { readonly do: "kill" }
  | { readonly do: "wait" }
  | { readonly do: "lose"; readonly takesEffect: boolean }
  | { readonly do: "swap" };

const event: fc.Arbitrary<Written> = fc.tuple(
  fc.constantFrom("a", "b", "c", "d", "e"),
  fc.oneof({ weight: 12, arbitrary: fc.integer({ min: -9, max: 9 }) }, fc.constant(null), fc.constant(Number.NaN)),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("write" as const), events: fc.array(event, { minLength: 1, maxLength: 8 }) }),
  fc.record({ do: fc.constant("apply" as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant("apply" as const), count: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ do: fc.constant("wait" as const) }),
  fc.record({ do: fc.constant("kill" as const) }),
  fc.record({ do: fc.constant("lose" as const), takesEffect: fc.boolean() }),
  fc.record({ do: fc.constant("swap" as const) }),
);

test("whatever happens, each build has the documents that a fresh one has", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
      const world = await ShadowWorld.open();
      try {
        let live = FIRST;
        let beside: readonly Build[] = [OTHER, AGAIN];
        world.build(live, beside);
        for (const each of steps) {
          if (each.do === "write") world.write(each.events);
          if (each.do === "apply") await world.apply(each.count);
          if (each.do === "kill") world.kill();
          if (each.do === "lose") world.loseAnswer(each.takesEffect);
          if (each.do === "wait") await new Promise((resolve) => setTimeout(resolve, 3));
          const [next] = beside;
          if (each.do !== "swap" || next === undefined || (await world.next(next)) < (await world.next(live))) continue;
          beside = [...beside.slice(1), live];
          live = next;
          world.build(live, beside);
        }
        world.write([["a", 1]]);
        while (await world.apply(5));
        const behind = async (): Promise<readonly number[]> =>
          await Promise.all([live, ...beside].map(async (build) => await world.next(build)));
        await vi.waitFor(async () => expect(new Set(await behind()).size).toBe(1), PATIENCE);
        for (const build of [live, ...beside]) {
          const fold = build.definition === "set" ? "set" : "add";
          expect(await world.documents(build)).toEqual(await world.fresh(fold));
        }
      } finally {
        await world.close();
      }
    }),
    { numRuns: 12, seed: 7, endOnFailure: true },
  );
});
