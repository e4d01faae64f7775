import { describe, expect, it, onTestFinished } from "vitest";
import { Decimal } from "../../../../src/model/decimal.ts";
import type { Authorize } from "../../../../src/security/authorize.ts";
import { everyType } from "../../example-catalogs.ts";
import { type Harness, codes, dataOf, messages, openHarness } from "../../harness.ts";

const THINGS = [
  { _id: "1", title: "a", count: 1, price: new Decimal("1.10") },
  { _id: "2", title: "a", count: 2 },
  { _id: "3", title: null, count: 4 },
  { _id: "4" },
];

async function open({ authorize }: { readonly authorize: Authorize }): Promise<Harness> {
  const opened = await openHarness(everyType, { authorize });
  onTestFinished(() => opened.close());
  await opened.store("things", THINGS);
  return opened;
}

describe("the policy on groups", () => {
  it("shuts the door where it denies", async () => {
    const denied = await open({ authorize: () => ({ allow: false, reason: "it is night" }) });
    expect(codes(await denied.run(`{ thingsAggregate { count } }`))).toEqual(["FORBIDDEN"]);
  });

  it("limits what is counted where it filters", async () => {
    const limited = await open({ authorize: () => ({ allow: true, filter: { title: "a" } }) });
    const result = await limited.run(
      `{ all: thingsAggregate { count } other: thingsAggregate(where: { id: { in: ["2", "3"] } }) { count } }`,
    );
    expect(dataOf(result)).toEqual({ all: [{ count: 2 }], other: [{ count: 1 }] });
  });

  const COLUMN: readonly string[] = [
    `(where: { price: { gt: "0" } }) { count }`,
    `(groupBy: price) { count }`,
    `(groupBy: day, truncate: { day: YEAR }) { count }`,
    `(having: { max: { price: { gt: "0" } } }) { count }`,
    `(having: { NOT: { OR: [{ count: { gt: 1 } }, { sum: { price: { gt: "0" } } }] } }) { count }`,
    `(groupBy: title, orderBy: { avg: { price: ASC } }) { count }`,
    `{ key { price } }`,
    `{ count(column: price) }`,
    `{ count(column: price, distinct: true) }`,
    `{ sum { price } }`,
    `{ ...inner } fragment inner on ThingGroup { shown: min { p: price } }`,
  ];

  it.each(COLUMN)("forbids a column that the caller may not see: %s", async (query) => {
    const limited = await open({ authorize: () => ({ allow: true, columns: new Set(["title", "count"]) }) });
    const [selection = "", ...fragments] = query.split(" fragment ");
    const rest = fragments.map((fragment) => ` fragment ${fragment}`).join("");
    const result = await limited.run(`{ thingsAggregate${selection} }${rest}`);
    expect(codes(result)).toEqual(["FORBIDDEN"]);
    expect(messages(result)).toMatch(/the column (price|day) of Thing/);
    expect(result.data).toBeNull();
  });

  it("allows the columns that the caller may see, and the id", async () => {
    const limited = await open({ authorize: () => ({ allow: true, columns: new Set(["title", "count"]) }) });
    const query = `{ thingsAggregate(groupBy: [title], having: { max: { id: { gt: "0" } } }, orderBy: { sum: { count: DESC } })
      { key { title } sum { count } count(column: id, distinct: true) } }`;
    expect(dataOf(await limited.run(query))).toEqual({
      thingsAggregate: [
        { key: { title: null }, sum: { count: "4" }, count: 2 },
        { key: { title: "a" }, sum: { count: "3" }, count: 2 },
      ],
    });
  });
});
