import fc from "fast-check";
import { expect } from "vitest";
import type { Catalog } from "../../../../src/catalog/types.ts";
import { Decimal } from "../../../../src/model/decimal.ts";
import type { Value } from "../../../../src/model/value.ts";
import { type Harness, dataOf } from "../../harness.ts";
import { aggregate, catalogOf, column, enumeration, nullable } from "../../sketch.ts";
import {
  type Fields,
  type Shape,
  equality,
  fewOf,
  fieldsOf,
  listOfThese,
  logicHolds,
  logicOf,
  mapOf,
  oneOfThese,
  order,
  parts,
  single,
  texts,
} from "./shapes.ts";

/** Texts that meet each other, in either case, and that patterns could trip over. */
const UNITS = ["a", "A", "b", "$", ".", "\n", "\\", "^", "é", "É", "\0", "ß", "ẞ", "𐐀", "𐐨"];
const word = fc.string({ unit: fc.constantFrom(...UNITS), maxLength: 3 });
const small = fc.integer({ min: -2, max: 2 });
const longs = fc.constantFrom(0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n));
const ratio = fc.constantFrom(0, -0.5, 0.5, 1e300);
const moment = fc.constantFrom(0, 1, 1500, -1);
const bytes = fc.constantFrom([], [0], [0, 255]);
const price = fc.constantFrom("0.00", "1.50", "-1.50", "10.00", "9.99");
const iso = (ms: number) => new Date(ms).toISOString();
const fineIso = (micros: number) =>
  `${iso(Math.floor(micros / 1000)).slice(0, -1)}${String(((micros % 1000) + 1000) % 1000).padStart(3, "0")}Z`;

const search = { contains: word, startsWith: word, endsWith: word };
const text = single("string", word, { ...order(word), ...search });
/** As often without regard to case as with it. */
const anyText: Shape = {
  ...text,
  filter: (depth) =>
    fc
      .tuple(text.filter(depth), fc.constantFrom("SENSITIVE", "INSENSITIVE"))
      .map(([asked, mode]) => ({ ...fieldsOf(asked), mode })),
};
const count = single("int", small, order(small));
const key = single("string", word, { ...equality(word), ...search });
const part = parts("x.Part", { name: anyText, amount: count });
const line = parts("x.Line", { sku: anyText, amount: count, parts: listOfThese(part), labels: texts(word) });
const payment = oneOfThese("Pay", { card: ["x.Card", parts("x.Card", { digits: text })], string: ["string", text] });

const SHAPES: Readonly<Record<string, Shape>> = {
  text: anyText,
  count,
  total: single("long", longs, order(longs.map(String)), BigInt),
  ratio: single("double", ratio, order(ratio)),
  flag: single("boolean", fc.boolean(), { eq: fc.boolean(), ne: fc.boolean() }),
  grade: single(
    enumeration("x.Grade", ["A", "B", "C"]),
    fc.constantFrom("A", "B", "C"),
    equality(fc.constantFrom("A", "B", "C")),
  ),
  seen: single(
    "timestamp-millis",
    moment.map((ms) => new Date(ms)),
    order(moment.map(iso)),
    (operand) => new Date(operand).getTime(),
  ),
  fine: single(
    "timestamp-micros",
    moment.map(BigInt),
    order(moment.map(fineIso)),
    (operand) => new Date(operand).getTime() * 1000 + Number(operand.slice(-4, -1)),
  ),
  day: single(
    "date",
    moment.map((day) => new Date(day * 86_400_000)),
    order(moment.map((day) => iso(day * 86_400_000).slice(0, 10))),
    (operand) => new Date(operand).getTime(),
  ),
  raw: single(
    "bytes",
    bytes.map((octets) => new Uint8Array(octets)),
    equality(bytes.map((octets) => Buffer.from(octets).toString("base64"))),
  ),
  price: single(
    { kind: "decimal", precision: 6, scale: 2 },
    price.map((digits) => new Decimal(digits)),
    order(price),
    Number,
  ),
  tags: texts(word),
  place: parts("x.Place", { city: anyText, zip: count }),
  lines: listOfThese(line),
  payment,
  payments: listOfThese(payment),
  matrix: listOfThese(texts(word)),
  cube: listOfThese(listOfThese(part, true)),
  labels: mapOf(key, word, anyText),
  groups: mapOf(key, word, texts(word)),
  shelves: listOfThese(mapOf(key, word, count)),
};

/** An aggregate with a column of each kind that a filter knows. */
export const rowCatalog: Catalog = catalogOf(
  aggregate("Row", { columns: Object.entries(SHAPES).map(([name, { type }]) => column(name, nullable(type))) }),
);

/** The columns of a random document of {@link rowCatalog}. */
export const anyRow: fc.Arbitrary<Readonly<Record<string, Value>>> = fc
  .record(Object.fromEntries(Object.entries(SHAPES).map(([name, { stored }]) => [name, fc.option(stored)])), {
    requiredKeys: [],
  })
  .map((row) =>
    Object.fromEntries(Object.entries(row).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
  );

const ids = fc.constantFrom("0", "1", "5");
const id: Shape = single("string", ids, { ...order(ids), contains: fc.constantFrom("1", "x") });
const idFilter = fewOf({ ...order(ids), contains: fc.constantFrom("1", "x") });

/** A random `where` of {@link rowCatalog}: fields and logic, down to a depth. */
export function whereOf(depth: number): fc.Arbitrary<Fields> {
  const fields = (inner: number) =>
    Object.entries(SHAPES).map(([name, shape]) => fc.record({ [name]: shape.filter(inner) }));
  return logicOf((inner) => [...fields(inner), fc.record({ id: idFilter })], depth);
}

/** The meaning of a `where`, spelled out. */
export function matches(asked: unknown, row: Fields): boolean {
  return logicHolds(fieldsOf(asked), (name, given) =>
    name === "id"
      ? id.holds(fieldsOf(given), row["_id"])
      : SHAPES[name]?.holds(fieldsOf(given), row[name] ?? null) === true,
  );
}

/** Rows and filters where naive ones go wrong: line feeds, NUL, signs of patterns, null, empty lists, clashing operators. */
const CORNERS: readonly Readonly<Record<string, Value>>[] = [
  { text: "a" },
  { text: "a\n", tags: [] },
  { text: "\na", tags: ["a", "b"] },
  { text: "b\0a", tags: null },
  { text: "a.$", tags: ["a"] },
  { tags: [null] },
  { text: null, place: { city: null, zip: 1 } },
  { place: { city: "a", zip: null } },
  { place: null, total: 2n ** 53n + 1n },
  { text: "STRASSE" },
  { text: "straße" },
  { text: "İstanbul" },
  { text: "istanbul" },
  { text: "ıstanbul" },
  { text: "\u212A" },
  { text: "k" },
  { lines: [] },
  { lines: [null] },
  {
    lines: [
      { sku: "a", amount: 1 },
      { sku: "b", amount: 2 },
    ],
  },
  { lines: [{ sku: "a", amount: 2, parts: [{ name: "a", amount: 1 }, null] }] },
  { matrix: [] },
  { matrix: [[]] },
  { matrix: [null, ["a", "b"]] },
  { cube: [[{ name: "a", amount: 1 }], [], null] },
  { labels: [] },
  {
    labels: [
      { key: "a", value: "b" },
      { key: "b", value: null },
    ],
  },
  { payment: { _type: "string", value: "a" } },
  { payment: { _type: "x.Card", value: { digits: "a" } } },
  { payments: [null, { _type: "x.Card", value: { digits: null } }] },
];

const EXAMPLES: readonly Fields[] = [
  { text: { endsWith: "a" } },
  { text: { endsWith: "$" } },
  { text: { endsWith: "a\n" } },
  { text: { startsWith: "a" } },
  { text: { contains: "\0" } },
  { text: { contains: "." } },
  { text: { contains: "" } },
  { text: { ne: "a" } },
  { text: { notIn: ["a"] } },
  { text: { notIn: [] } },
  { text: { in: [] } },
  { text: { ne: "a", notIn: ["a.$"] } },
  { text: { contains: "a", startsWith: "b" } },
  { text: { in: [], mode: "INSENSITIVE" } },
  { text: { notIn: [], mode: "INSENSITIVE" } },
  { text: { eq: "A\n", mode: "INSENSITIVE" } },
  { text: { ne: "A", notIn: ["A.$"], contains: "A", endsWith: "\n", mode: "INSENSITIVE" } },
  { text: { eq: "strasse", mode: "INSENSITIVE" } },
  { text: { eq: "STRAẞE", mode: "INSENSITIVE" } },
  { text: { startsWith: "I", mode: "INSENSITIVE" } },
  { text: { startsWith: "İ", mode: "INSENSITIVE" } },
  { text: { eq: "K", mode: "INSENSITIVE" } },
  { text: { in: Array.from({ length: 30 }, () => "s".repeat(900)).concat("A"), mode: "INSENSITIVE" } },
  { text: { notIn: Array.from({ length: 30 }, () => "s".repeat(900)).concat("A"), mode: "INSENSITIVE" } },
  { text: { eq: "θ".repeat(1000), mode: "INSENSITIVE" } },
  { text: { in: ["θ".repeat(1000), "𐐀".repeat(500), "ꭰ".repeat(1000)], mode: "INSENSITIVE" } },
  { NOT: { text: { eq: "a" } } },
  { NOT: {} },
  { OR: [] },
  { AND: [] },
  { tags: { hasEvery: [] } },
  { tags: { hasEvery: ["a", "b"] } },
  { tags: { hasSome: [] } },
  { tags: { isEmpty: true } },
  { tags: { isEmpty: false } },
  { tags: { isNull: true } },
  { tags: { isNull: false } },
  { place: { isNull: true } },
  { place: { city: { isNull: true } } },
  { place: { city: { ne: "b" }, zip: { isNull: true } } },
  { place: { OR: [{ isNull: true }, { zip: { eq: 1 } }] } },
  { place: { NOT: { isNull: false } } },
  { total: { eq: String(2n ** 53n + 1n) } },
  { total: { gt: String(2n ** 53n) } },
  { lines: { some: {} } },
  { lines: { none: {} } },
  { lines: { every: {} } },
  { lines: { some: { isNull: true } } },
  { lines: { every: { isNull: false } } },
  { lines: { some: { sku: { eq: "a" }, amount: { eq: 2 } } } },
  { lines: { some: { sku: { isNull: true } } } },
  { lines: { every: { amount: { gt: 0 } }, none: { sku: { eq: "c" } }, some: { amount: { eq: 1 } } } },
  { lines: { some: { parts: { some: { name: { eq: "a" } } } } } },
  { lines: { some: { parts: { none: { name: { eq: "b" } } } } } },
  { lines: { every: { OR: [{ sku: { eq: "a" } }, { NOT: { amount: { eq: 1 } } }] } } },
  { matrix: { some: { has: "a", hasEvery: ["b"], hasSome: ["a", "c"], isEmpty: false } } },
  { matrix: { some: { isEmpty: true } } },
  { matrix: { every: { isEmpty: true } } },
  { matrix: { some: { isNull: true } } },
  { matrix: { every: { isNull: true } } },
  { matrix: { every: { isNull: false } } },
  { matrix: { some: { hasSome: [] } } },
  { matrix: { none: { hasEvery: [] } } },
  { cube: { some: { every: { amount: { eq: 1 } } } } },
  { cube: { some: { every: { amount: { eq: 1 } }, none: { name: { eq: "b" } }, some: {} } } },
  { cube: { every: { some: { amount: { eq: 1 } } } } },
  { labels: { hasKey: "a" } },
  { labels: { hasSomeKeys: [] } },
  { labels: { hasEveryKey: [] } },
  { labels: { hasEveryKey: ["a", "b"] } },
  { labels: { some: { key: { eq: "a" }, value: { eq: "b" } } } },
  { labels: { every: { value: { isNull: false } } } },
  { payment: { string: {} } },
  { payment: { string: { eq: "a" } } },
  { payment: { card: { digits: { isNull: true } } } },
  { payment: { card: { isNull: true } } },
  { payment: { card: {}, string: {} } },
  { payment: { OR: [{ card: {} }, { isNull: true }] } },
  { payments: { some: { card: { digits: { isNull: true } } } } },
];

/** Runs random filters against random documents of {@link rowCatalog} and expects what they plainly mean. */
export async function expectPlainMeaning(api: Harness, numRuns: number): Promise<void> {
  const rows = [...CORNERS, ...fc.sample(anyRow, 60)].map((row, index) => ({ ...row, _id: String(index) }));
  await api.store("rows", rows);
  let telling = 0;
  const query = "query ($where: RowWhere) { rows(where: $where, limit: 1000) { id } }";
  await fc.assert(
    fc.asyncProperty(whereOf(2), async (where) => {
      const found = dataOf(await api.run(query, { variables: { where } }));
      const expected = rows.filter((row) => matches(where, row)).map(({ _id }) => _id);
      if (expected.length > 0 && expected.length < rows.length) telling += 1;
      expect(found).toEqual({ rows: expected.toSorted().map((found) => ({ id: found })) });
    }),
    { numRuns, examples: EXAMPLES.map((where) => [where]) },
  );
  expect(telling).toBeGreaterThan(numRuns / 3);
}
