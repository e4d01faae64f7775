import { describe, expect, it } from "vitest";
import type { RecordType, TypeRef, ValueType } from "../../src/catalog/types.ts";
import { checkOf } from "../../src/fold/stored-form.ts";
import { Decimal } from "../../src/model/decimal.ts";

const required = (type: ValueType): TypeRef => ({ type, nullable: false });
const optional = (type: ValueType): TypeRef => ({ type, nullable: true });
const fields: RecordType["fields"][number][] = [];
const tree: RecordType = { kind: "record", fullName: "x.Tree", graphqlName: "Tree", doc: undefined, fields };
const field = (name: string, type: TypeRef): RecordType["fields"][number] => ({
  name,
  graphqlName: name,
  type,
  doc: undefined,
  aliases: [],
});
fields.push(field("n", required({ kind: "int" })), field("below", optional({ kind: "array", items: required(tree) })));

const status: ValueType = {
  kind: "enum",
  fullName: "x.S",
  graphqlName: "S",
  doc: undefined,
  symbols: ["ON", "OFF"],
  default: undefined,
};
const either: ValueType = {
  kind: "union",
  graphqlName: "U",
  branches: [
    { tag: "int", type: { kind: "int" } },
    { tag: "x.Tree", type: tree },
  ],
};

describe("the stored form of", () => {
  it.each<[string, ValueType, readonly unknown[], readonly unknown[]]>([
    ["a boolean", { kind: "boolean" }, [true], [0, "true"]],
    ["an int", { kind: "int" }, [0, -(2 ** 31)], [2 ** 31, 1.5, 1n, Number.NaN]],
    ["a long", { kind: "long" }, [0n, 2n ** 63n - 1n], [1, 2n ** 63n]],
    ["a double", { kind: "double" }, [1.5, Number.NaN], [1n, "1"]],
    ["a string", { kind: "string" }, ["", "ä"], ["\ud800", 1]],
    ["a UUID", { kind: "uuid" }, ["c0ffee"], [1]],
    ["bytes", { kind: "bytes" }, [Uint8Array.of(1), Buffer.from("a")], ["a", [1]]],
    ["a fixed", { kind: "fixed", fullName: "F", size: 2 }, [Uint8Array.of(1, 2)], [Uint8Array.of(1)]],
    ["a date", { kind: "date" }, [new Date(0)], [0, new Date(Number.NaN)]],
    ["a time", { kind: "time-millis" }, [5], [5n]],
    ["microseconds", { kind: "timestamp-micros" }, [5n], [5, new Date(0)]],
    ["an enum", status, ["ON"], ["on", 0]],
    [
      "a decimal",
      { kind: "decimal", precision: 4, scale: 2 },
      [new Decimal("12.50"), new Decimal("-0.01")],
      [new Decimal("12.5"), new Decimal("123.45"), "12.50", 12.5],
    ],
    ["a long decimal", { kind: "decimal", precision: 40, scale: 0 }, ["12"], [new Decimal("12"), "12.0", 12n]],
    ["a list", { kind: "array", items: required({ kind: "int" }) }, [[], [1, 2]], [[1, "2"], {}, [null]]],
    [
      "a map",
      { kind: "map", values: optional({ kind: "int" }) },
      [
        [
          { key: "a", value: 1 },
          { key: "b", value: null },
        ],
      ],
      [{ a: 1 }, [{ value: 1 }], [{ key: "a", value: "1" }]],
    ],
    [
      "a record in itself",
      tree,
      [{ n: 1 }, { n: 1, below: [{ n: 2, below: null }] }],
      [{}, { n: 1, below: [{ n: "2" }] }, { n: 1, other: 2 }, new Date(0)],
    ],
    [
      "a union",
      either,
      [
        { _type: "int", value: 1 },
        { _type: "x.Tree", value: { n: 1 } },
      ],
      [1, { _type: "long", value: 1 }, { _type: "int", value: "1" }],
    ],
    ["null", { kind: "null" }, [null], [0]],
  ])("%s", (_what, type, right, wrong) => {
    const check = checkOf(required(type));
    expect(right.map((value) => check(value, "c"))).toEqual(right.map(() => undefined));
    for (const value of wrong) expect(check(value, "c")).toMatch(/^c/);
    expect(check(null, "c") === undefined).toBe(type.kind === "null");
    expect(checkOf(optional(type))(null, "c")).toBeUndefined();
  });

  it("says where what is wrong stands", () => {
    const check = checkOf(required(tree));
    expect(check({ n: 1, below: [{ n: 1 }, { n: 1, below: [{ n: "x" }] }] }, "column tree")).toBe(
      "column tree.below[1].below[0].n: expected an integer of 32 bits, got a string",
    );
    const money = checkOf(required({ kind: "decimal", precision: 18, scale: 2 }));
    expect(money(new Decimal("0"), "column balance")).toBe(
      "column balance: expected a decimal(18, 2), got a decimal(1, 0)",
    );
    expect(check({ n: 1, secret: 2 }, "column tree")).toBe("column tree.secret: x.Tree has no such field");
  });
});
