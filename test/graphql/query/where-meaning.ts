import fc from "fast-check";
import { expect } from "vitest";
import { aggregate, catalogOf, column, enumeration, list, nullable, record, field } from "../sketch.ts";
import type { Catalog } from "../../../src/catalog/types.ts";
import type { Value } from "../../../src/model/value.ts";
import { type Harness, dataOf } from "../harness.ts";

const GRADE = enumeration("x.Grade", ["A", "B", "C"]);
const PLACE = record("x.Place", [field("city", nullable("string")), field("zip", nullable("int"))]);

/** An aggregate with a column of each kind that a filter knows. */
export const rowCatalog: Catalog = catalogOf(
  aggregate("Row", {
    columns: [
      column("text", nullable("string")),
      column("count", nullable("int")),
      column("total", nullable("long")),
      column("ratio", nullable("double")),
      column("flag", nullable("boolean")),
      column("grade", nullable(GRADE)),
      column("seen", nullable("timestamp-millis")),
      column("fine", nullable("timestamp-micros")),
      column("day", nullable("date")),
      column("raw", nullable("bytes")),
      column("tags", nullable(list("string"))),
      column("place", nullable(PLACE)),
    ],
  }),
);

/** Texts that meet each other, and that patterns could trip over. */
const text = fc.string({ unit: fc.constantFrom("a", "b", "$", ".", "\n", "\\", "^", "é", "\0"), maxLength: 3 });
const count = fc.integer({ min: -2, max: 2 });
const total = fc.constantFrom(0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n));
const ratio = fc.constantFrom(0, -0.5, 0.5, 1e300);
const moment = fc.constantFrom(0, 1, 1500, -1);
const bytes = fc.constantFrom([], [0], [0, 255]);

const stored = fc.record(
  {
    text: fc.option(text),
    count: fc.option(count),
    total: fc.option(total.map((long) => (Number.isSafeInteger(Number(long)) ? Number(long) : long))),
    ratio: fc.option(ratio),
    flag: fc.option(fc.boolean()),
    grade: fc.option(fc.constantFrom("A", "B", "C")),
    seen: fc.option(moment.map((ms) => new Date(ms))),
    fine: fc.option(moment),
    day: fc.option(moment.map((day) => new Date(day * 86_400_000))),
    raw: fc.option(bytes.map((list) => new Uint8Array(list))),
    tags: fc.option(fc.array(text, { maxLength: 3 })),
    place: fc.option(fc.record({ city: fc.option(text), zip: fc.option(count) })),
  },
  { requiredKeys: [] },
);

/** The columns of a random document of {@link rowCatalog}. */
export const anyRow: fc.Arbitrary<Readonly<Record<string, Value>>> = stored.map((row) =>
  Object.fromEntries(Object.entries(row)),
);

const iso = (ms: number) => new Date(ms).toISOString();
const lists = <T>(value: fc.Arbitrary<T>) => fc.array(value, { maxLength: 3 });
const equality = <T>(value: fc.Arbitrary<T>) => ({ eq: value, ne: value, in: lists(value), notIn: lists(value) });
const order = <T>(value: fc.Arbitrary<T>) => ({ ...equality(value), gt: value, gte: value, lt: value, lte: value });
const isNull = { isNull: fc.boolean() };

/** One member as a rule, and seldom none or two: of many together nothing would be left. */
function few(members: readonly fc.Arbitrary<Readonly<Record<string, unknown>>>[]) {
  const one = fc.oneof(...members);
  const joined = fc.tuple(one, one).map(([a, b]) => ({ ...a, ...b }));
  return fc.oneof({ weight: 6, arbitrary: one }, { weight: 3, arbitrary: joined }, fc.constant({}));
}

function optional(operators: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  return few(Object.entries(operators).map(([operator, operand]) => fc.record({ [operator]: operand })));
}

const texts = { ...order(text), contains: text, startsWith: text, endsWith: text, ...isNull };
const FILTERS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  text: optional(texts),
  count: optional({ ...order(count), ...isNull }),
  total: optional({ ...order(total.map(String)), ...isNull }),
  ratio: optional({ ...order(ratio), ...isNull }),
  flag: optional({ eq: fc.boolean(), ne: fc.boolean(), ...isNull }),
  grade: optional({ ...equality(fc.constantFrom("A", "B", "C")), ...isNull }),
  seen: optional({ ...order(moment.map(iso)), ...isNull }),
  fine: optional({
    ...order(
      moment.map(
        (micros) =>
          `${iso(Math.floor(micros / 1000)).slice(0, -1)}${String(((micros % 1000) + 1000) % 1000).padStart(3, "0")}Z`,
      ),
    ),
    ...isNull,
  }),
  day: optional({ ...order(moment.map((day) => iso(day * 86_400_000).slice(0, 10))), ...isNull }),
  raw: optional({ ...equality(bytes.map((list) => Buffer.from(list).toString("base64"))), ...isNull }),
  tags: optional({ has: text, hasSome: lists(text), hasEvery: lists(text), isEmpty: fc.boolean(), ...isNull }),
  place: optional({ ...isNull, city: optional(texts), zip: optional({ ...order(count), ...isNull }) }),
  id: optional({ ...order(fc.constantFrom("0", "1", "5")), contains: fc.constantFrom("1", "x") }),
};

const leaves = Object.entries(FILTERS).map(([name, filter]) => fc.record({ [name]: filter }));

/** A random `where` of {@link rowCatalog}: fields and logic, down to a depth. */
export function whereOf(depth: number): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const inner = depth === 0 ? undefined : whereOf(depth - 1);
  const logic =
    inner === undefined
      ? []
      : [
          fc.record({ AND: fc.array(inner, { maxLength: 2 }) }),
          fc.record({ OR: fc.array(inner, { maxLength: 2 }) }),
          fc.record({ NOT: inner }),
        ];
  return few([...leaves, ...logic]);
}

/** What a value is compared as, from its stored form or from an operand. */
function comparable(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  return value;
}

const OPERANDS: Readonly<Record<string, (operand: string) => unknown>> = {
  total: BigInt,
  seen: (operand) => new Date(operand).getTime(),
  fine: (operand) => new Date(operand).getTime() * 1000 + Number(operand.slice(-4, -1)),
  day: (operand) => new Date(operand).getTime(),
};

function holds(name: string, operator: string, operand: unknown, value: unknown): boolean {
  if (operator === "isNull") return (value === null) === operand;
  if (value === null) return false;
  const read = (given: unknown) => (typeof given === "string" ? (OPERANDS[name]?.(given) ?? given) : given);
  const [a, b] = [comparable(value), Array.isArray(operand) ? operand.map(read) : read(operand)];
  // Loose comparison is exact between a number and a bigint.
  const same = (other: unknown) => (typeof a === "bigint" || typeof other === "bigint" ? a == other : a === other);
  const list = Array.isArray(b) ? b : [];
  const items: readonly unknown[] = Array.isArray(a) ? a : [];
  const compare: Readonly<Record<string, () => boolean>> = {
    eq: () => same(b),
    ne: () => !same(b),
    in: () => list.some(same),
    notIn: () => !list.some(same),
    gt: () => Number(less(b, a)) === 1,
    gte: () => !less(a, b),
    lt: () => less(a, b),
    lte: () => !less(b, a),
    contains: () => String(a).includes(String(b)),
    startsWith: () => String(a).startsWith(String(b)),
    endsWith: () => String(a).endsWith(String(b)),
    has: () => items.includes(b),
    hasSome: () => list.some((item) => items.includes(item)),
    hasEvery: () => list.every((item) => items.includes(item)),
    isEmpty: () => (items.length === 0) === b,
  };
  return compare[operator]?.() === true;
}

function less(a: unknown, b: unknown): boolean {
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
  return (typeof a === "number" || typeof a === "bigint") && (typeof b === "number" || typeof b === "bigint") && a < b;
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The meaning of a `where`, spelled out. */
export function matches(asked: unknown, row: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(isFields(asked) ? asked : {}).every(([name, given]) => {
    if (name === "NOT") return !matches(given, row);
    if (name === "AND") return Array.isArray(given) && given.every((one) => matches(one, row));
    if (name === "OR") return Array.isArray(given) && given.some((one) => matches(one, row));
    const value = row[name === "id" ? "_id" : name] ?? null;
    return Object.entries(isFields(given) ? given : {}).every(([operator, operand]) =>
      isFields(operand)
        ? matches({ [operator]: operand }, isFields(value) ? value : {})
        : holds(name, operator, operand, value),
    );
  });
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
];

const EXAMPLES: readonly Readonly<Record<string, unknown>>[] = [
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
  { total: { eq: String(2n ** 53n + 1n) } },
  { total: { gt: String(2n ** 53n) } },
];

/** Runs random filters against random documents of {@link rowCatalog} and expects what they plainly mean. */
export async function expectPlainMeaning(api: Harness, numRuns: number): Promise<void> {
  const rows = [...CORNERS, ...fc.sample(anyRow, 60)].map((row, index) => ({ ...row, _id: String(index) }));
  await api.store("rows", rows);
  const query = "query ($where: RowWhere) { rows(where: $where, limit: 1000) { id } }";
  await fc.assert(
    fc.asyncProperty(whereOf(2), async (where) => {
      const found = dataOf(await api.run(query, { variables: { where } }));
      const expected = rows.filter((row) => matches(where, row)).map(({ _id }) => _id);
      expect(found).toEqual({ rows: expected.toSorted().map((id) => ({ id })) });
    }),
    { numRuns, examples: EXAMPLES.map((where) => [where]) },
  );
}
