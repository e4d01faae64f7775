import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { Decimal } from "../../../../src/model/decimal.ts";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import { appuser, everyType } from "../../example-catalogs.ts";
import { type Harness, type HarnessOptions, codes, dataOf, messages, openHarness } from "../../harness.ts";
import { aggregate, catalogOf, column, nullable } from "../../sketch.ts";

const THINGS = [
  {
    _id: "1",
    title: "a",
    count: 1,
    total: 5n,
    price: new Decimal("1.10"),
    seen_millis: new Date("2024-05-17T22:30:00Z"),
  },
  { _id: "2", title: "a", count: 2, total: 2n ** 63n - 1n, price: new Decimal("2.20"), color: "RED", score: 0.5 },
  { _id: "3", title: null, count: 4, seen_millis: new Date("2024-05-18T21:59:00Z"), color: "RED" },
  { _id: "4", seen_micros: 1_715_985_000_000_001n, day: new Date("2024-05-17T00:00:00Z") },
];

let api: Harness;

async function open(options: HarnessOptions = {}): Promise<Harness> {
  const opened = await openHarness(everyType, options);
  onTestFinished(() => opened.close());
  await opened.store("things", THINGS);
  return opened;
}

beforeEach(async () => {
  api = await openHarness(everyType);
  await api.store("things", THINGS);
});

afterEach(async () => {
  await api.close();
});

/** The groups that a selection with its arguments gives. */
async function groups(argument: string, selection: string): Promise<unknown> {
  return dataOf(await api.run(`{ groups: thingsAggregate${argument} { ${selection} } }`));
}

describe("groups", () => {
  it("have exact values", async () => {
    expect(
      await groups("", "count sum { count total price score } avg { count price } min { title } max { day }"),
    ).toEqual({
      groups: [
        {
          count: 4,
          sum: { count: "7", total: "9223372036854775812", price: "3.30", score: 0.5 },
          avg: { count: 7 / 3, price: "1.65" },
          min: { title: "a" },
          max: { day: "2024-05-17" },
        },
      ],
    });
  });

  it("are of null and absent values together, and null is no value that counts", async () => {
    const selection = "key { title color } count n: count(column: title) sum { total }";
    expect(await groups("(groupBy: title)", selection)).toEqual({
      groups: [
        { key: { title: null, color: null }, count: 2, n: 0, sum: { total: null } },
        { key: { title: "a", color: null }, count: 2, n: 2, sum: { total: "9223372036854775812" } },
      ],
    });
  });

  it("count distinct values", async () => {
    expect(await groups("", "t: count(column: title, distinct: true) i: count(column: id, distinct: true)")).toEqual({
      groups: [{ t: 1, i: 4 }],
    });
  });

  it("are one of no documents where nothing is grouped by, and else none", async () => {
    const where = `where: { title: { eq: "none" } }`;
    const selection =
      "key { id } count n: count(column: title) sum { count } avg { count } min { title } max { title }";
    const nothing = {
      count: 0,
      n: 0,
      sum: { count: null },
      avg: { count: null },
      min: { title: null },
      max: { title: null },
    };
    expect(await groups(`(${where})`, selection)).toEqual({ groups: [{ key: { id: null }, ...nothing }] });
    expect(await groups(`(${where}, groupBy: [])`, "count")).toEqual({ groups: [{ count: 0 }] });
    expect(await groups(`(${where}, groupBy: title)`, selection)).toEqual({ groups: [] });
    expect(await groups(`(${where}, having: { count: { gt: 0 } })`, "count")).toEqual({ groups: [] });
    expect(await groups(`(${where}, offset: 1)`, "count")).toEqual({ groups: [] });
    expect(await groups(`(${where}, limit: 0)`, "count")).toEqual({ groups: [] });
  });

  it("cut moments in a zone, and give them back in the column's own scalar", async () => {
    const day = `(groupBy: seen_millis, truncate: { seen_millis: DAY }, timeZone: "Europe/Berlin", where: { seen_millis: { isNull: false } })`;
    expect(await groups(day, "key { seen_millis } count")).toEqual({
      groups: [{ key: { seen_millis: "2024-05-17T22:00:00.000Z" }, count: 2 }],
    });
    const week = `(groupBy: [seen_micros, day], truncate: { seen_micros: WEEK, day: MONTH }, where: { id: { eq: "4" } })`;
    expect(await groups(week, "key { seen_micros day }")).toEqual({
      groups: [{ key: { seen_micros: "2024-05-13T00:00:00.000000Z", day: "2024-05-01" } }],
    });
  });

  it("can be shown without anything that needs calculating", async () => {
    expect(await groups("", "__typename")).toEqual({ groups: [{ __typename: "ThingGroup" }] });
    expect(await groups("(groupBy: color)", "key { __typename color }")).toEqual({
      groups: [
        { key: { __typename: "ThingGroupKey", color: null } },
        { key: { __typename: "ThingGroupKey", color: "RED" } },
      ],
    });
  });

  it("take null for an argument that isn't given", async () => {
    const all =
      "(where: null, groupBy: null, truncate: null, timeZone: null, having: null, orderBy: null, limit: null, offset: null)";
    expect(await groups(all, "count(column: null, distinct: null)")).toEqual({ groups: [{ count: 4 }] });
    expect(await groups("(groupBy: day, truncate: { day: null })", "count")).toEqual({
      groups: [{ count: 3 }, { count: 1 }],
    });
  });

  it("page without overlap, in the order of their keys after all else", async () => {
    const page = async (offset: number): Promise<unknown> =>
      groups(`(groupBy: [count], orderBy: { sum: { score: ASC } }, limit: 2, offset: ${offset})`, "key { count }");
    expect(await page(0)).toEqual({ groups: [{ key: { count: null } }, { key: { count: 1 } }] });
    expect(await page(2)).toEqual({ groups: [{ key: { count: 4 } }, { key: { count: 2 } }] });
  });

  it.each([
    [`(groupBy: nope)`, "nope"],
    [`(groupBy: tags)`, "tags"],
    [`(truncate: { seen_millis: DAY })`, "truncate names seen_millis, which isn't grouped by"],
    [`(groupBy: day, truncate: { day: HOUR })`, "HOUR"],
    [`(groupBy: day, truncate: { title: DAY })`, "title"],
    [`(timeZone: "Europe/Nowhere")`, `"Europe/Nowhere", which is no time zone`],
    [`(timeZone: "")`, "no time zone"],
    [`(orderBy: { key: { title: ASC } })`, "orderBy names the key title, which isn't grouped by"],
    [`(orderBy: { count: ASC, sum: { count: ASC } })`, "exactly one"],
    [`(having: { sum: null })`, "having.sum is null"],
    [`(having: { count: null })`, "having.count is null"],
    [`(having: { AND: null })`, "having.AND is null"],
    [`(having: { sum: { count: { eq: null } } })`, "having.sum.count.eq is null"],
    [`(having: { avg: { price: { lt: "${"1".repeat(35)}" } } })`, "more than 34 digits"],
    [`(limit: -1)`, "limit is -1"],
  ])("refuse %s and say why", async (argument, message) => {
    const result = await api.run(`{ thingsAggregate${argument} { count } }`);
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toContain(message);
  });

  it("refuse to count the distinct values of nothing", async () => {
    const result = await api.run(`{ thingsAggregate { count(distinct: true) } }`);
    expect(codes(result)).toEqual(["BAD_USER_INPUT"]);
    expect(messages(result)).toContain("names no column");
  });

  it("refuse what is beyond the limits", async () => {
    const small = await open({ limits: { ...defaultLimits, maxPageSize: 10, maxWhereConditions: 3 } });
    const conditions = Array.from({ length: 4 }, () => "{ count: { gt: 1 } }").join(", ");
    for (const argument of ["limit: 11", `having: { OR: [${conditions}] }`]) {
      const result = await small.run(`{ thingsAggregate(${argument}) { count } }`);
      expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    }
    expect(dataOf(await small.run(`{ thingsAggregate(limit: 10) { count } }`))).toEqual({
      thingsAggregate: [{ count: 4 }],
    });
  });

  it("refuse an order by more things than MongoDB sorts by", async () => {
    const columns = Array.from({ length: 33 }, (_, index) => `c${index}`);
    const wide = await openHarness(
      catalogOf(aggregate("Wide", { columns: columns.map((name) => column(name, nullable("int"))) })),
    );
    onTestFinished(() => wide.close());
    const result = await wide.run(`{ widesAggregate(groupBy: [${columns.join(", ")}]) { count } }`);
    expect(codes(result)).toEqual(["LIMIT_EXCEEDED"]);
    expect(codes(await wide.run(`{ widesAggregate(groupBy: [${columns.slice(1).join(", ")}]) { count } }`))).toEqual(
      [],
    );
  });
});

describe("the schema", () => {
  it("has no field of what no column can give", async () => {
    const users = await openHarness(appuser);
    onTestFinished(() => users.close());
    expect(codes(await users.run(`{ usersAggregate { sum { id } } }`))).toEqual(["BAD_USER_INPUT"]);
    expect(codes(await users.run(`{ usersAggregate(having: { avg: {} }) { count } }`))).toEqual(["BAD_USER_INPUT"]);
    const nameless = await openHarness(catalogOf(aggregate("Bare")));
    onTestFinished(() => nameless.close());
    expect(codes(await nameless.run(`{ baresAggregate(timeZone: "UTC") { count } }`))).toEqual(["BAD_USER_INPUT"]);
    expect(dataOf(await nameless.run(`{ baresAggregate { key { id } count } }`))).toEqual({
      baresAggregate: [{ key: { id: null }, count: 0 }],
    });
  });

  it("shows no hidden column, whatever is asked", async () => {
    const users = await openHarness(appuser);
    onTestFinished(() => users.close());
    for (const query of [
      `(groupBy: password_hash) { count }`,
      `{ key { password_hash } }`,
      `{ count(column: password_hash) }`,
      `{ max { password_hash } }`,
      `(having: { min: { password_hash: { gt: "a" } } }) { count }`,
      `(orderBy: { max: { password_hash: ASC } }) { count }`,
      `(where: { password_hash: { gt: "a" } }) { count }`,
    ])
      expect(codes(await users.run(`{ usersAggregate${query} }`))).toEqual(["BAD_USER_INPUT"]);
  });
});
