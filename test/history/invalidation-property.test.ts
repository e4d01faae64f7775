import { describe, expect, test } from "vitest";
import { type OpenWorld, expectAsIfNever, expectCutsDontMatter } from "./invalidation-model.ts";
import { World } from "./world.ts";

describe.each(["journal", "log"] as const)("with transactions that become invalid, by the %s,", (by) => {
  const open: OpenWorld = async (guard) => await World.open({ ttlMs: undefined }, by, guard && { guard });

  test("documents are as if their events had never been, and the past is as it was stored", async () => {
    const { changed, freed } = await expectAsIfNever(open, by, 40);
    expect(changed).toBeGreaterThan(20);
    expect(freed).toBeGreaterThan(0);
  }, 120_000);

  test("it makes no difference that they take several transactions of the store, and end between any two", async () => {
    expect(await expectCutsDontMatter(open, by, 40)).toBeGreaterThan(0);
  }, 120_000);
});
