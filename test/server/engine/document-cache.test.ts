import { expect, test } from "vitest";
import { DocumentCache } from "../../../src/server/engine/document-cache.ts";

test("what was asked for last stays, within the length of all texts", () => {
  const cache = new DocumentCache<number>(10);
  cache.set("aaaa", 1);
  cache.set("bbbb", 2);
  expect(cache.get("aaaa")).toBe(1);
  cache.set("cccc", 3);
  expect(["aaaa", "bbbb", "cccc"].map((text) => cache.get(text))).toEqual([1, undefined, 3]);
});

test("a text counts once, however often it is set", () => {
  const cache = new DocumentCache<number>(10);
  for (let parsed = 0; parsed < 5; parsed++) cache.set("aaaaa", parsed);
  cache.set("bbbbb", 9);
  expect([cache.get("aaaaa"), cache.get("bbbbb")]).toEqual([4, 9]);
});

test("a text that alone is too long isn't kept, and takes no other's place", () => {
  const cache = new DocumentCache<number>(10);
  cache.set("aaaa", 1);
  cache.set("x".repeat(11), 2);
  expect([cache.get("aaaa"), cache.get("x".repeat(11))]).toEqual([1, undefined]);
});
