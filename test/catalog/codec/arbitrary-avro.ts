import fc from "fast-check";
import { Decimal } from "../../../src/model/decimal.ts";
import type { Value } from "../../../src/model/value.ts";

/** A random Avro type: its schema as JSON, and values of it in the stored form. */
export interface AvroExample {
  readonly schema: unknown;
  readonly values: fc.Arbitrary<Value>;
}

type Shape =
  | { readonly type: "scalar"; readonly of: keyof typeof SCALARS }
  | { readonly type: "fixed"; readonly size: number }
  | { readonly type: "enum"; readonly size: number }
  | { readonly type: "array" | "map" | "nullable"; readonly of: Shape }
  | { readonly type: "union" | "record"; readonly of: readonly Shape[] };

const LONG = 2n ** 63n;
const longs = fc.oneof(
  fc.bigInt({ min: -LONG, max: LONG - 1n }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
  fc.constantFrom(0n, -1n, 2n ** 53n - 1n, 1n - 2n ** 53n),
);
const bytes = fc.uint8Array({ maxLength: 20 }).map((value) => new Uint8Array(value));
const texts = fc.string({ unit: "grapheme", maxLength: 12 });
const dates = fc.date({ noInvalidDate: true });
const days = fc.integer({ min: -100_000_000, max: 100_000_000 }).map((day) => new Date(day * 86_400_000));

/** The decimals of a scale, as text. */
function decimalTexts(digits: number, scale: number): fc.Arbitrary<string> {
  const max = 10n ** BigInt(digits) - 1n;
  return fc.bigInt({ min: -max, max }).map((unscaled) => {
    const text = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, "0");
    const point = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
    return unscaled < 0n ? `-${point}` : point;
  });
}

function decimals(digits: number, scale: number): fc.Arbitrary<Decimal> {
  return decimalTexts(digits, scale).map((text) => new Decimal(text));
}

const SCALARS = {
  null: { schema: "null", values: fc.constant(null) },
  boolean: { schema: "boolean", values: fc.boolean() },
  int: { schema: "int", values: fc.integer() },
  long: { schema: "long", values: longs },
  float: { schema: "float", values: fc.float({ noNaN: true }) },
  double: { schema: "double", values: fc.double({ noNaN: true }) },
  string: { schema: "string", values: texts },
  bytes: { schema: "bytes", values: bytes },
  uuid: { schema: { type: "string", logicalType: "uuid" }, values: fc.uuid() },
  date: { schema: { type: "int", logicalType: "date" }, values: days },
  timeMillis: { schema: { type: "int", logicalType: "time-millis" }, values: fc.integer({ min: 0, max: 86_399_999 }) },
  timeMicros: {
    schema: { type: "long", logicalType: "time-micros" },
    values: fc.bigInt({ min: 0n, max: 86_399_999_999n }),
  },
  instant: { schema: { type: "long", logicalType: "timestamp-millis" }, values: dates },
  fineInstant: { schema: { type: "long", logicalType: "timestamp-micros" }, values: longs },
  local: { schema: { type: "long", logicalType: "local-timestamp-millis" }, values: dates },
  fineLocal: { schema: { type: "long", logicalType: "local-timestamp-micros" }, values: longs },
  decimal: { schema: { type: "bytes", logicalType: "decimal", precision: 30, scale: 4 }, values: decimals(30, 4) },
  longDecimal: {
    schema: { type: "bytes", logicalType: "decimal", precision: 60, scale: 7 },
    values: decimalTexts(60, 7),
  },
  whole: { schema: { type: "bytes", logicalType: "decimal", precision: 5, scale: 0 }, values: decimals(5, 0) },
} satisfies Record<string, AvroExample>;

const scalarNames = fc.constantFrom(
  ...Object.keys(SCALARS).filter((name): name is keyof typeof SCALARS => name in SCALARS),
);

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    { weight: 6, arbitrary: scalarNames.map((of): Shape => ({ type: "scalar", of })) },
    { weight: 1, arbitrary: fc.nat({ max: 5 }).map((size): Shape => ({ type: "fixed", size })) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 4 }).map((size): Shape => ({ type: "enum", size })) },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom("array" as const, "map" as const, "nullable" as const), tie("shape"))
        .map(([type, of]): Shape => ({ type, of })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(fc.constantFrom("union" as const, "record" as const), fc.array(tie("shape"), { maxLength: 4 }))
        .map(([type, of]): Shape => ({ type, of })),
    },
  ),
}));

/** Random records, as event types are. */
export const avroRecords: fc.Arbitrary<AvroExample> = fc
  .array(shape, { maxLength: 6 })
  .map((of) => exampleOf({ type: "record", of }, "Event"));

function exampleOf(shape: Shape, name: string): AvroExample {
  switch (shape.type) {
    case "scalar":
      return SCALARS[shape.of];
    case "fixed":
      return {
        schema: { type: "fixed", name, size: shape.size },
        values: fc.uint8Array({ minLength: shape.size, maxLength: shape.size }).map((value) => new Uint8Array(value)),
      };
    case "enum": {
      const symbols = Array.from({ length: shape.size }, (_, index) => `S${index}`);
      return { schema: { type: "enum", name, symbols }, values: fc.constantFrom(...symbols) };
    }
    case "array": {
      const items = exampleOf(shape.of, `${name}_items`);
      return { schema: { type: "array", items: items.schema }, values: fc.array(items.values, { maxLength: 4 }) };
    }
    case "map":
      return mapOf(exampleOf(shape.of, `${name}_values`));
    case "nullable":
      return unionOf([{ schema: "null", values: fc.constant(null) }, exampleOf(shape.of, `${name}_some`)]);
    case "union":
      return unionOf(shape.of.map((branch, index) => exampleOf(branch, `${name}_branch${index}`)));
    case "record":
      return recordOf(
        name,
        shape.of.map((field, index) => exampleOf(field, `${name}_f${index}`)),
      );
  }
}

function mapOf({ schema, values }: AvroExample): AvroExample {
  const entries = fc.uniqueArray(fc.tuple(texts, values), { selector: ([key]) => key, maxLength: 4 });
  const sorted = entries.map((list) =>
    list.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => ({ key, value })),
  );
  return { schema: { type: "map", values: schema }, values: sorted };
}

/** A union of what may stand together: no unions, and no type twice. */
function unionOf(examples: readonly AvroExample[]): AvroExample {
  const branches = new Map<string, AvroExample>();
  for (const example of examples) {
    const name = nameOf(example.schema);
    if (name !== undefined && !branches.has(name)) branches.set(name, example);
  }
  if (branches.size === 0) return { schema: ["int"], values: fc.integer() };
  const tagged = [...branches.keys()].filter((name) => name !== "null").length > 1;
  const values = [...branches].map(([name, example]) =>
    tagged && name !== "null" ? example.values.map((value) => ({ _type: name, value })) : example.values,
  );
  return { schema: [...branches.values()].map(({ schema }) => schema), values: fc.oneof(...values) };
}

function nameOf(schema: unknown): string | undefined {
  if (typeof schema === "string") return schema;
  if (Array.isArray(schema) || typeof schema !== "object" || schema === null) return undefined;
  const { name, type }: { name?: unknown; type?: unknown } = schema;
  return typeof name === "string" ? name : String(type);
}

function recordOf(name: string, fields: readonly AvroExample[]): AvroExample {
  return {
    schema: { type: "record", name, fields: fields.map(({ schema }, index) => ({ name: `f${index}`, type: schema })) },
    values: fc.record(Object.fromEntries(fields.map(({ values }, index) => [`f${index}`, values])), {
      noNullPrototype: true,
    }),
  };
}
