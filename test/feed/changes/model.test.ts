import assert from "node:assert/strict";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChangeItem } from "../../../src/feed/change-feed.ts";
import type { StoredDocument } from "../../../src/read-model/read-model.ts";
import { turns } from "./harness.ts";
import type { Followed } from "./model.ts";
import { scenarios, World } from "./world.ts";

test("each subscriber is told exactly what the model says, however often it is interrupted", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (drawn) => {
      const world = new World(drawn);
      for (const each of drawn.actions) await world.act(each);
      expect(await world.finish()).toBe(true);
      await world.close();
    }),
    { seed: 4, numRuns: 300 },
  );
}, 120_000);

test("the same holds where one is interrupted after each single item", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (drawn) => {
      const world = new World(drawn);
      for (const each of drawn.actions) {
        if (each.do === "go on" || each.do === "free") continue;
        await world.act(each);
        await turns(2);
        for (const [chain, { sink, isOver }] of world.chains.entries())
          if (isOver || sink?.hasRoom() === false) await world.act({ do: "go on", chain, room: 1 });
      }
      expect(await world.finish()).toBe(true);
      await world.close();
    }),
    { seed: 5, numRuns: 200 },
  );
}, 120_000);

test("with previous documents a subscriber's table follows the store without a gap, and ends as the store", async () => {
  await fc.assert(
    fc.asyncProperty(scenarios, async (drawn) => {
      const subscribers = drawn.subscribers.map((each) => ({ ...each, snapshot: true }));
      const world = new World({ ...drawn, keepsPrevious: true, subscribers });
      for (const each of drawn.actions) await world.act(each);
      expect(await world.finish()).toBe(true);
      for (const [i, each] of world.chains.entries()) {
        const followed = subscribers[i];
        if (followed === undefined) continue;
        const stored = world.model.documentsAt("users", world.model.log.length);
        const seen = stored.filter((document) => followed.where.test(document) && followed.scope.test(document));
        expect(tableOf(followed, each.toldAll)).toEqual(new Set(seen));
      }
      await world.close();
    }),
    { seed: 6, numRuns: 200 },
  );
}, 120_000);

/** The table that a client keeps; each document before must be the one that it has. */
function tableOf({ where, scope }: Followed, items: readonly ChangeItem[]): ReadonlySet<StoredDocument> {
  const table = new Map<string, StoredDocument>();
  const isSeen = (document: StoredDocument): boolean => where.test(document) && scope.test(document);
  for (const { operation, id, document, previous } of items) {
    const known = table.get(id);
    if (operation === "SNAPSHOT" || operation === "INSERT") assert.equal(known, undefined);
    else if (known !== undefined || operation !== "UPDATE") assert.equal(previous, known);
    else assert.ok(previous === undefined || !isSeen(previous));
    if (document === undefined) table.delete(id);
    else table.set(id, document);
  }
  return new Set(table.values());
}
