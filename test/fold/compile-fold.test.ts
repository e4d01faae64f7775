import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileFold, workingCopy } from "../../src/fold/compile-fold.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";

const LONG = { kind: "long" } as const;

describe("a compiled fold", () => {
  test("the first event inserts, later ones update", () => {
    const type = eventTypeOf("Changed", [{ name: "first_name", column: "firstname" }, { name: "last_name" }]);
    const fold = compileFold(writerOf(type));
    const inserted = fold(undefined, "k", { first_name: "a", last_name: "b" });
    expect(inserted).toEqual({ _id: "k", firstname: "a", last_name: "b" });
    expect(fold(inserted, "k", { first_name: "c", last_name: "b" })).toEqual({
      _id: "k",
      firstname: "c",
      last_name: "b",
    });
  });

  test("a reader's default counts on insert only", () => {
    const type = eventTypeOf("Changed", [{ name: "name" }, { name: "level", type: LONG, default: 1n }]);
    const old = compileFold(writerOf(type, ["name"]));
    expect(old(undefined, "k", { name: "a", level: 1n })).toEqual({ _id: "k", name: "a", level: 1n });
    expect(old({ _id: "k", name: "a", level: 7n }, "k", { name: "b", level: 1n })).toEqual({
      _id: "k",
      name: "b",
      level: 7n,
    });
  });

  test.each(["update", "delete"] as const)("%s does nothing to an absent document", (effect) => {
    const fold = compileFold(writerOf(eventTypeOf("E", [{ name: "a" }], effect)));
    expect(fold(undefined, "k", { a: "1" })).toBeUndefined();
  });

  test("delete removes, ignore leaves, create sets", () => {
    const of = (effect: "delete" | "ignore" | "create") =>
      compileFold(writerOf(eventTypeOf("E", [{ name: "a" }], effect)));
    expect(of("delete")({ _id: "k", a: "0" }, "k", { a: "1" })).toBeUndefined();
    expect(of("ignore")({ _id: "k", a: "0" }, "k", { a: "1" })).toEqual({ _id: "k", a: "0" });
    expect(of("create")({ _id: "k", a: "0" }, "k", { a: "1" })).toEqual({ _id: "k", a: "1" });
  });

  test("an event that fails leaves its document as it was", () => {
    const type = eventTypeOf("E", [
      { name: "note" },
      { name: "tags", effect: "append" },
      { name: "total", type: LONG, effect: "add" },
    ]);
    const document = { _id: "k", note: "old", tags: ["x"], total: 2n ** 63n - 1n };
    expect(() => compileFold(writerOf(type))(document, "k", { note: "new", tags: "y", total: 1n })).toThrow(/64 bits/);
    expect(document).toEqual({ _id: "k", note: "old", tags: ["x"], total: 2n ** 63n - 1n });
  });

  test("ints of a wider column are stored as its longs", () => {
    const ints = { kind: "array", items: { type: { kind: "int" }, nullable: true } } as const;
    const longs = { kind: "array", items: { type: LONG, nullable: true } } as const;
    const map = { kind: "map", values: { type: { kind: "int" }, nullable: false } } as const;
    const longMap = { kind: "map", values: { type: LONG, nullable: false } } as const;
    const type = eventTypeOf("E", [
      { name: "n", type: { kind: "int" }, widerType: LONG },
      { name: "least", type: { kind: "int" }, widerType: LONG, effect: "min" },
      { name: "list", type: ints, widerType: longs },
      { name: "more", type: { kind: "int" }, widerType: LONG, effect: "append" },
      { name: "map", type: map, widerType: longMap },
    ]);
    const payload = { n: 1, least: 5, list: [1, null], more: 2, map: [{ key: "a", value: 3 }] };
    expect(compileFold(writerOf(type))({ _id: "k", least: 7n, more: [1n] }, "k", payload)).toStrictEqual({
      _id: "k",
      n: 1n,
      least: 5n,
      list: [1n, null],
      more: [1n, 2n],
      map: [{ key: "a", value: 3n }],
    });
    expect(compileFold(writerOf(type))(undefined, "k", { ...payload, n: null, list: null, map: null })).toMatchObject({
      n: null,
      list: null,
      map: null,
    });
  });

  test("a default's list is not shared between documents", () => {
    const items = { kind: "array", items: { type: { kind: "string" }, nullable: false } } as const;
    const defaults: string[] = [];
    const set = compileFold(writerOf(eventTypeOf("Set", [{ name: "tags", type: items }])));
    const append = compileFold(writerOf(eventTypeOf("Add", [{ name: "tag", effect: "append", column: "tags" }])));
    append(set(undefined, "k", { tags: defaults }), "k", { tag: "a" });
    expect(defaults).toEqual([]);
  });

  test("folding a working copy never changes the stored document", () => {
    const fold = compileFold(writerOf(eventTypeOf("E", [{ name: "tags", effect: "append" }])));
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), (before, appended) => {
        const stored = { _id: "k", tags: [...before] };
        let copy = workingCopy(stored);
        for (const tags of appended) copy = fold(copy, "k", { tags }) ?? copy;
        expect(stored.tags).toEqual(before);
        expect(copy["tags"]).toEqual([...before, ...appended]);
      }),
    );
  });
});
