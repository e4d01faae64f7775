import { expect, it } from "vitest";
import { claimAt } from "../../src/model/claims.ts";

const claims = { sub: "ann", a: { b: { c: 1 }, "b.c": 2, list: ["x"] }, "a.b": { d: 3 }, "https://e.com/x": { y: 4 } };

it.each([
  ["sub", "ann"],
  ["a.list", ["x"]],
  ["a.b.c", 2],
  ["a.b.d", 3],
  ["https://e.com/x.y", 4],
  ["none", undefined],
  ["sub.length", undefined],
  ["a.list.0", undefined],
  ["constructor", undefined],
  ["a.constructor.name", undefined],
  ["__proto__", undefined],
  ["", undefined],
  [".", undefined],
])("finds %s", (path, expected) => {
  expect(claimAt(claims, path)).toEqual(expected);
});
