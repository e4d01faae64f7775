import fc from "fast-check";
import type { Client } from "pg";
import type { Catalog } from "../../../../src/catalog/types.ts";
import { Decimal } from "../../../../src/model/decimal.ts";
import type { Value } from "../../../../src/model/value.ts";
import { aggregate, catalogOf, column, nullable } from "../../sketch.ts";

/** What a column is to GraphQL and to PostgreSQL. */
export interface SalesColumn {
  readonly name: string;
  /** PostgreSQL's type. */
  readonly type: string;
  /** SQL that makes a value of a parameter; default: the parameter itself. */
  readonly given?: (parameter: string) => string;
  /** SQL that writes a value of the column as GraphQL does. */
  readonly shown: (value: string) => string;
  /** What can be added up: the sum and the average as GraphQL writes them. */
  readonly number?: { readonly sum: "text" | "float"; readonly average: "float" | "decimal" };
  readonly ordered: boolean;
  /** What its times are: of a zone, without one, or a day. */
  readonly time?: "zoned" | "local" | "date";
}

const MICROS = (value: string): string => `${value}::int8 * interval '1 microsecond'`;
const AS_IT_IS = (value: string): string => value;
const TEXT = (value: string): string => `(${value})::text`;
const MOMENT = (value: string): string => `to_char((${value}) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.`;

/** The columns of a sale beside its id. */
export const SALES_COLUMNS: readonly SalesColumn[] = [
  { name: "shop", type: `text collate "C"`, shown: AS_IT_IS, ordered: true },
  { name: "paid", type: "boolean", shown: AS_IT_IS, ordered: false },
  { name: "items", type: "int4", shown: AS_IT_IS, number: { sum: "text", average: "float" }, ordered: true },
  { name: "units", type: "int8", shown: TEXT, number: { sum: "text", average: "float" }, ordered: true },
  { name: "weight", type: "float8", shown: AS_IT_IS, number: { sum: "float", average: "float" }, ordered: true },
  { name: "price", type: "numeric(12,2)", shown: TEXT, number: { sum: "text", average: "decimal" }, ordered: true },
  { name: "day", type: "date", shown: (v) => `to_char(${v}, 'YYYY-MM-DD')`, ordered: true, time: "date" },
  { name: "sold", type: "timestamptz", shown: (v) => `${MOMENT(v)}MS"Z"')`, ordered: true, time: "zoned" },
  {
    name: "seen",
    type: "timestamptz",
    given: (parameter) => `'epoch'::timestamptz + ${MICROS(parameter)}`,
    shown: (v) => `${MOMENT(v)}US"Z"')`,
    ordered: true,
    time: "zoned",
  },
  {
    name: "local",
    type: "timestamp",
    given: (parameter) => `'epoch'::timestamp + ${MICROS(parameter)}`,
    shown: (v) => `to_char(${v}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`,
    ordered: true,
    time: "local",
  },
];

/** An aggregate of sales, with a column of each kind that aggregates treat in a way of its own. */
export const salesCatalog: Catalog = catalogOf(
  aggregate("Sale", {
    columns: [
      column("shop", nullable("string")),
      column("paid", nullable("boolean")),
      column("items", nullable("int")),
      column("units", nullable("long")),
      column("weight", nullable("double")),
      column("price", nullable({ kind: "decimal", precision: 12, scale: 2 })),
      column("day", nullable("date")),
      column("sold", nullable("timestamp-millis")),
      column("seen", nullable("timestamp-micros")),
      column("local", nullable("local-timestamp-micros")),
    ],
  }),
);

/** A sale in the stored form. */
export type Sale = Readonly<Record<string, Value>> & { readonly _id: string };

/** Sales at random; many share their values, and many are about the hours at which clocks are changed. */
export function randomSales(seed: number, count: number): readonly Sale[] {
  const values = fc.record(
    {
      shop: nullOr(fc.constantFrom("", "Ann", "ann", "Zoë", "zoo", "\u{1F600}", "\uFF5E")),
      paid: nullOr(fc.boolean()),
      items: nullOr(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer())),
      units: nullOr(fc.oneof(fc.bigInt(-3n, 3n), fc.bigInt(2n ** 62n, 2n ** 63n - 1n))),
      // Quarters add up exactly in any order.
      weight: nullOr(fc.integer({ min: -4000, max: 4000 }).map((quarters) => quarters / 4)),
      price: nullOr(fc.integer({ min: -100_000, max: 100_000 }).map((cents) => new Decimal((cents / 100).toFixed(2)))),
      day: nullOr(fc.integer({ min: 0, max: 800 }).map((day) => new Date((18_600 + day) * 86_400_000))),
      sold: nullOr(moment().map((micros) => new Date(Number(micros / 1000n)))),
      seen: nullOr(moment()),
      local: nullOr(moment()),
    },
    { requiredKeys: [] },
  );
  return fc.sample(values, { seed, numRuns: count }).map((sale, index) => ({ _id: String(index), ...sale }));
}

/** Loads sales into a table of PostgreSQL. */
export async function loadSales(client: Client, sales: readonly Sale[]): Promise<void> {
  const columns = SALES_COLUMNS.map(({ name, type }) => `${name} ${type}`);
  await client.query(`create table sales (id text collate "C" primary key, ${columns.join(", ")})`);
  const names = SALES_COLUMNS.map(({ name }) => name);
  const places = SALES_COLUMNS.map(({ given = AS_IT_IS }, index) => given(`$${index + 2}`));
  for (const sale of sales)
    await client.query(`insert into sales (id, ${names.join(", ")}) values ($1, ${places.join(", ")})`, [
      sale._id,
      ...SALES_COLUMNS.map((one) => parameter(sale[one.name])),
    ]);
}

/** Of 2021, when all databases of time zones agree: around changes of clocks, before 1970 and anywhere. */
function moment(): fc.Arbitrary<bigint> {
  const changes = ["2021-03-28T01:00:00Z", "2021-10-31T01:00:00Z", "2021-03-14T07:00:00Z", "2021-04-03T15:00:00Z"];
  const days = ["2021-01-01T00:00:00Z", "2021-03-01T00:00:00Z", "1969-12-29T00:00:00Z"];
  const around = fc
    .tuple(fc.constantFrom(...changes, ...days), fc.bigInt(-14_400_000_000n, 14_400_000_000n))
    .map(([text, distance]) => BigInt(Date.parse(text)) * 1000n + distance);
  return fc.oneof(around, fc.bigInt(1_609_459_200_000_000n, 1_640_995_200_000_000n));
}

function nullOr<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(values, { freq: 6 });
}

function parameter(value: Value | undefined): unknown {
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Decimal) return value.text;
  if (typeof value !== "bigint") return value ?? null;
  return value.toString();
}
