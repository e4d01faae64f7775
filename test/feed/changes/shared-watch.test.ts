import { expect, test } from "vitest";
import { SharedWatch } from "../../../src/feed/changes/shared-watch.ts";
import type { DocumentChange } from "../../../src/read-model/read-model.ts";

function changeAt(position: string): DocumentChange {
  return { collection: "users", id: "a", operation: "delete", document: undefined, previous: undefined, position };
}

test("a watch tells how far it has come: with the change that is being told, and without it", () => {
  const seen: string[][] = [];
  const watch = new SharedWatch(
    () => seen.push([watch.told(), watch.settled()]),
    () => {},
  );
  let reached = "1";
  watch.opened({ position: () => reached, stop: async () => {} });
  expect([watch.told(), watch.settled()]).toEqual(["1", "1"]);
  watch.changed(changeAt("3"));
  watch.changed(changeAt("5"));
  expect(seen).toEqual([
    ["3", ""],
    ["5", "3"],
  ]);
  // What the store says it has reached may lag behind what it told, or be ahead of it.
  expect([watch.told(), watch.settled()]).toEqual(["5", "5"]);
  reached = "7";
  expect([watch.told(), watch.settled()]).toEqual(["7", "7"]);
});

test("a watch that was stopped tells nothing more", async () => {
  const told: string[] = [];
  const watch = new SharedWatch(
    ({ position }) => told.push(position),
    ({ code }) => told.push(code),
  );
  watch.opened({ position: () => "1", stop: async () => {} });
  await watch.stop();
  watch.changed(changeAt("3"));
  expect(told).toEqual([]);
});
