import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import { everyType } from "../../example-catalogs.ts";
import { type Harness, codes, dataOf, messages, openHarness } from "../../harness.ts";

let api: Harness;

beforeAll(async () => {
  api = await openHarness(everyType);
});

afterAll(async () => {
  await api.close();
});

/** The filter that the read model is given for a `where`. */
async function filterOf(where: string): Promise<unknown> {
  dataOf(await api.run(`{ things(where: ${where}) { id } }`));
  return api.finds.at(-1)?.options.filter;
}

const GOLDEN: Readonly<Record<string, string>> = {
  "everything is an empty filter": `{}`,
  "ids among some": `{ id: { in: ["1", "2"] } }`,
  "operators of a field are one clause": `{ count: { gte: 1, lt: 5 } }`,
  "operators that would overwrite each other are two clauses": `{ title: { contains: "a", startsWith: "b", ne: "c", notIn: ["d"] } }`,
  "fields are joined": `{ title: { eq: "a" }, flag: { ne: true } }`,
  "logic nests": `{ OR: [{ title: { eq: "a" } }, { AND: [{ count: { eq: 1 } }, { NOT: { flag: { eq: true } } }] }] }`,
  "an empty OR matches nothing": `{ OR: [] }`,
  "an empty AND matches everything": `{ AND: [] }`,
  "the NOT of everything is nothing": `{ NOT: {} }`,
  "null is asked for": `{ title: { isNull: true }, count: { isNull: false }, tags: { isNull: true } }`,
  "patterns are escaped": String.raw`{ title: { contains: "a.b*(c)\\\u0000", endsWith: "$" } }`,
  "values take their stored form": `{ total: { eq: "9007199254740993" }, price: { eq: "1.5" }, day: { eq: "2024-02-29" },
    at_millis: { eq: "00:00:01" }, at_micros: { eq: "00:00:01" }, seen_millis: { eq: "2024-01-01T01:00:00.5+01:00" },
    seen_micros: { eq: "1970-01-01T00:00:00.000001Z" }, local_millis: { eq: "2024-01-01T00:00:00" }, raw: { eq: "/wA=" },
    color: { in: [RED, true_] }, ref: { eq: "0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10" } }`,
  "nested records are paths": `{ address: { city: { eq: "Rome" }, zip: { isNull: true }, isNull: false }, tree: { label: { eq: "a" }, children: { isEmpty: true } } }`,
  "lists of records are asked by their elements": `{ addresses: { some: { city: { eq: "Rome" }, zip: { gt: 1 } }, every: { zip: { isNull: false } },
    none: { OR: [{ city: { eq: "Ostia" } }, { NOT: { zip: { eq: 1 } } }] } } }`,
  "lists within lists nest": `{ tree: { children: { some: { label: { eq: "a" }, children: { every: { label: { ne: "b" } } } } } } }`,
  "maps are asked by keys and entries": `{ attributes: { hasKey: "color", hasSomeKeys: ["a", "b"], hasEveryKey: ["c", "d"],
    some: { key: { eq: "color" }, value: { startsWith: "re" } }, isEmpty: false }, counts: { every: { value: { gt: "2024-01-01T00:00:00Z" } } } }`,
  "unions are asked by branch": `{ payment: { card: { digits: { startsWith: "4" } } }, anything: { OR: [{ isNull: true }, { string: { eq: "a" } }, { array: { has: "b" } }] } }`,
  "letters of any case": `{ title: { eq: "Ann", ne: "Ænn", in: ["a.b", "ß"], notIn: ["c", "d"], contains: "é", startsWith: "k", endsWith: "𐐀", gt: "A", mode: INSENSITIVE } }`,
  "decimals are ordered": `{ price: { gte: "1.5", lt: "2" } }`,
  "lists are asked as a whole": `{ tags: { has: "a", hasSome: ["b"], hasEvery: ["c", "d"], isEmpty: false }, colors: { has: RED }, addresses: { isEmpty: true } }`,
};

describe.each(Object.entries(GOLDEN))("%s", (name, where) => {
  it("as the golden file shows", async () => {
    const text = JSON.stringify(
      { where: where.replaceAll(/\s+/g, " "), filter: await filterOf(where) },
      (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value),
      2,
    );
    await expect(`${text}\n`).toMatchFileSnapshot(`../../../golden/graphql/where/${name.replaceAll(" ", "-")}.json`);
  });
});

it.each([
  [`{ title: { eq: null } }`, "where.title.eq is null"],
  [`{ title: { in: null } }`, "isNull"],
  [`{ title: null }`, "where.title is null"],
  [`{ AND: null }`, "where.AND is null"],
  [`{ NOT: null }`, "where.NOT is null"],
  [`{ title: { isNull: null } }`, "where.title.isNull"],
  [`{ address: { city: { eq: null } } }`, "where.address.city.eq"],
  [`{ hash: { eq: "AQ==" } }`, "exactly 4 bytes"],
  [`{ price: { in: ["1", "1.234"] } }`, "where.price.in[1]"],
  [`{ seen_millis: { gt: "2024-01-01T00:00:00.000001Z" } }`, "keeps milliseconds"],
  [`{ total: { eq: "9223372036854775808" } }`, "Long must be"],
  [`{ day: { eq: "2023-02-29" } }`, "Date must be"],
  [`{ title: { in: [null] } }`, "null"],
  [`{ color: { eq: MAUVE } }`, "MAUVE"],
  [`{ title: { mode: null } }`, "where.title.mode is null"],
  [`{ count: { eq: 1, mode: INSENSITIVE } }`, '"mode" is not defined'],
  [`{ addresses: { some: null } }`, "where.addresses.some is null"],
  [`{ addresses: { some: { city: { eq: null } } } }`, "where.addresses.some.city.eq is null"],
  [`{ addresses: { some: { isNull: null } } }`, "where.addresses.some.isNull is null"],
  [`{ attributes: { hasKey: null } }`, "where.attributes.hasKey is null"],
  [`{ attributes: { hasSomeKeys: null } }`, "where.attributes.hasSomeKeys is null"],
  [`{ payment: { card: null } }`, "where.payment.card is null"],
  [`{ tree: { OR: null } }`, "where.tree.OR is null"],
  [`{ raw: { gt: "AQ==" } }`, '"gt" is not defined'],
])("refuses %s and says where", async (where, message) => {
  const before = api.finds.length;
  const result = await api.run(`{ things(where: ${where}) { id } }`);
  expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
  expect(messages(result)).toContain(message);
  expect(api.finds).toHaveLength(before);
});

describe("limits", () => {
  const run = (where: unknown) =>
    api.run(`query ($where: ThingWhere) { things(where: $where) { id } }`, { variables: { where } });
  const many = (length: number) => Array.from({ length }, (_, index) => String(index));

  it.each([
    ["in", { title: { in: many(1001) } }],
    ["hasSome", { tags: { hasSome: many(1001) } }],
    ["OR", { OR: many(1001).map(() => ({})) }],
    ["conditions", { OR: many(26).map(() => ({ OR: many(20).map(() => ({ title: { eq: "x" } })) })) }],
    ["keys", { attributes: { hasSomeKeys: many(1001) } }],
    ["conditions on elements", { OR: many(260).map(() => ({ addresses: { some: { zip: { eq: 1 } } } })) }],
    ["a text in any case", { title: { in: ["x".repeat(defaultLimits.maxPatternLength + 1)], mode: "INSENSITIVE" } }],
    [
      "a nested list's depth",
      {
        tree: many(15).reduce<object>((inner) => ({ children: { some: inner } }), { label: { eq: "x" } }),
        NOT: { NOT: {} },
      },
    ],
    ["a pattern", { title: { contains: "x".repeat(defaultLimits.maxPatternLength + 1) } }],
    ["logic's depth", many(20).reduce<object>((inner) => ({ NOT: inner }), {})],
    [
      "a nested record's depth",
      { tree: { label: { eq: "x" } }, OR: [many(20).reduce<object>((inner) => ({ NOT: inner }), {})] },
    ],
  ])("refuse too much of %s", async (_what, where) => {
    expect(codes(await run(where))).toEqual(["LIMIT_EXCEEDED"]);
  });

  it("take what is just within them", async () => {
    expect(codes(await run({ title: { in: many(1000) } }))).toEqual([]);
    expect(codes(await run({ title: { contains: "x".repeat(defaultLimits.maxPatternLength) } }))).toEqual([]);
  });
});
