import { describe, expect, test } from "vitest";
import { Expiries } from "../../../src/read-model/embedded/expiries.ts";

describe("expiries", () => {
  const documents = (count: number, old: (index: number) => boolean) =>
    Array.from({ length: count }, (_, index) => ({
      _id: String(index),
      at: new Date(old(index) ? Date.now() - 10_000 : Date.now()),
    }));

  test("are looked for some at a time, and all in the end", () => {
    const expiries = new Expiries();
    expiries.set("c", { field: "at", afterMs: 5_000 });
    const all = new Map(documents(2_500, (index) => index % 2 === 0).map((one) => [one._id, one]));
    const removed: number[] = [];
    for (let sweep = 0; sweep < 3; sweep += 1) {
      const expired = expiries.sweep("c", all.values());
      for (const id of expired) all.delete(id);
      removed.push(expired.length);
    }
    expect(removed).toEqual([500, 500, 250]);
    expect(expiries.sweep("c", all.values())).toEqual([]);
  });

  test("end where nothing expires any more", () => {
    const expiries = new Expiries();
    const old = documents(1, () => true);
    expect(expiries.sweep("c", old)).toEqual([]);
    expiries.set("c", { field: "at", afterMs: 5_000 });
    expect(expiries.sweep("c", old)).toEqual(["0"]);
    expiries.set("c", undefined);
    expect(expiries.test("c")?.(old[0] ?? { _id: "" })).toBe(false);
    expiries.set("c", "never");
    expect(expiries.test("c")).toBeUndefined();
  });
});
