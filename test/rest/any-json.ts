import fc from "fast-check";
import type { ScalarKind } from "../../src/catalog/scalar-kind.ts";
import type { RecordField, TypeRef, ValueType } from "../../src/catalog/types.ts";
import { enumeration, field, record, scalar, union } from "../graphql/sketch.ts";

const KINDS = [
  ...(["null", "boolean", "int", "long", "float", "double", "string", "bytes", "uuid", "date"] as const),
  ...(["time-millis", "time-micros", "timestamp-millis", "timestamp-micros"] as const),
  ...(["local-timestamp-millis", "local-timestamp-micros"] as const),
] satisfies readonly ScalarKind[];

const NAMES = ["a", "b", "__x", "constructor", "value", "id", "é"] as const;
let made = 0;

/** Names of types are unique in a catalog. */
function fresh(name: string): string {
  made += 1;
  return `x.${name}${made}`;
}

const uniqueNames = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 3 });

/** Types of all kinds; records that contain themselves among them. */
const { type } = fc.letrec<{ type: ValueType; ref: TypeRef; fields: readonly RecordField[] }>((tie) => ({
  ref: fc.record({ type: tie("type"), nullable: fc.boolean() }),
  fields: fc
    .tuple(uniqueNames, fc.array(fc.tuple(tie("ref"), fc.nat(3)), { minLength: 3, maxLength: 3 }))
    .map(([names, refs]) =>
      names.map((name, index) => {
        const [ref, kind] = refs[index] ?? [{ type: scalar("int"), nullable: false }, 0];
        return field(name, ref, {
          ...(kind === 1 && { aliases: [`old_${name}`] }),
          ...(kind === 2 && ref.nullable && { default: null }),
        });
      }),
    ),
  type: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom(...KINDS).map(scalar),
    fc.nat(7).map((size) => ({ kind: "fixed" as const, fullName: fresh("Fixed"), size })),
    fc
      .tuple(fc.nat(5), fc.nat(4))
      .map(([whole, scale]) => ({ kind: "decimal" as const, precision: Math.max(1, whole + scale), scale })),
    fc
      .uniqueArray(fc.constantFrom("RED", "true", "__A", "b"), { maxLength: 3 })
      .map((symbols) => enumeration(fresh("Enum"), symbols)),
    tie("ref").map((items): ValueType => ({ kind: "array", items })),
    tie("ref").map((values): ValueType => ({ kind: "map", values })),
    tie("fields").map((fields) => record(fresh("Record"), fields)),
    tie("fields").map((fields) => {
      const all = [...fields];
      const self = record(fresh("Loop"), all);
      all.push(
        field("again", { type: self, nullable: true }),
        field("more", { type: { kind: "array", items: { type: self, nullable: false } }, nullable: true }),
      );
      return self;
    }),
    fc
      .uniqueArray(
        tie("type").filter(({ kind }) => kind !== "null" && kind !== "union"),
        { minLength: 2, maxLength: 3, selector: ({ kind }) => kind },
      )
      .map((branches) =>
        union(
          fresh("Union").slice(2),
          Object.fromEntries(branches.map((branch, index) => [`n.${branch.kind}${index}`, branch])),
        ),
      ),
  ),
}));

/** The fields of a record of any types. */
export const anyFields: fc.Arbitrary<readonly RecordField[]> = fc
  .array(fc.record({ type, nullable: fc.boolean() }), { minLength: 1, maxLength: 3 })
  .map((refs) => refs.map((ref, index) => field(NAMES[index] ?? "a", ref)));

/** What a scalar may be given: what fits, what nearly does, and what doesn't. */
const SCALARS: readonly unknown[] = [
  [0, -0, 1, -1.5, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 53 - 1, 1e20, 3.5e38, 3.4e38, 3.4028235677973366e38, 99, 100],
  ["", "0", "-7", "9223372036854775807", "00012", "1.5", "-0.50", "+12.3400", "12.345", "0.0", ".5", "99999.99", "1e3"],
  ["AA==", "AAE=", "AAEC", "AAECAw==", "AAECAwQF", "AAEC\n", "a", "RED", "true", "__A", "_A", "b", "é"],
  ["0192f0c1-2b7e-7cc4-9e33-5d1b8a3f6a10", "0192F0C1-2B7E-7CC4-9E33-5D1B8A3F6A10", "0192f0c12b7e7cc49e335d1b8a3f6a10"],
  [
    "2024-02-29",
    "2023-02-29",
    "2024-13-01",
    "2024-05-17T13:45:30Z",
    "2024-05-17T13:45:30.123Z",
    "2024-05-17t13:45:30.123456+02:00",
  ],
  [
    "2024-05-17T13:45:30.1234567Z",
    "2024-05-17T13:45:30",
    "2024-05-17 13:45:30.120000",
    "2023-02-29T10:00:00",
    "2024-05-17T24:00:00Z",
  ],
  ["2024-05-17T13:45:30+24:00", "13:45:30", "13:45:30.123000", "13:45:30.1234", "24:00:00", "13:45"],
  [true, false, null],
].flat();

const junk = fc.oneof(fc.constantFrom(...SCALARS), fc.jsonValue({ maxDepth: 1 }));

/** JSON for fields: mostly of their types, here and there something else. */
export function jsonFor(fields: readonly RecordField[]): fc.Arbitrary<unknown> {
  return objectFor(fields, 0);
}

function objectFor(fields: readonly RecordField[], depth: number): fc.Arbitrary<unknown> {
  const entries = fields.map((each) =>
    fc
      .tuple(refFor(each.type, depth), fc.nat(9), fc.constantFrom(each.name, ...each.aliases))
      .map(([value, chance, name]) => (chance === 0 ? [] : [[name, value] as const])),
  );
  const extra = fc.nat(30).map((chance) => (chance === 0 ? [["other", 1] as const] : []));
  return fc.tuple(...entries, extra).map((parts) => Object.fromEntries<unknown>(parts.flat()));
}

function refFor({ type: of, nullable }: TypeRef, depth: number): fc.Arbitrary<unknown> {
  const value = depth > 4 ? fc.constant(null) : valueFor(of, depth);
  const own = nullable ? fc.oneof({ arbitrary: value, weight: 4 }, { arbitrary: fc.constant(null), weight: 1 }) : value;
  return fc.oneof({ arbitrary: own, weight: 25 }, { arbitrary: junk, weight: 1 });
}

function valueFor(of: ValueType, depth: number): fc.Arbitrary<unknown> {
  switch (of.kind) {
    case "record":
      return objectFor(of.fields, depth + 1);
    case "array":
      return fc.array(refFor(of.items, depth + 1), { maxLength: 2 });
    case "map":
      return fc.dictionary(fc.constantFrom("k", "l", "constructor"), refFor(of.values, depth + 1), { maxKeys: 2 });
    case "union":
      return fc.oneof(
        ...of.branches.map(({ tag, type: branch }) =>
          refFor({ type: branch, nullable: false }, depth + 1).map((value) => Object.fromEntries([[tag, value]])),
        ),
      );
    case "enum":
      return of.symbols.length === 0 ? junk : fc.constantFrom(...of.symbols);
    default:
      return scalarFor(of.kind);
  }
}

function scalarFor(kind: string): fc.Arbitrary<unknown> {
  const fits = FITTING.get(kind);
  return fits === undefined
    ? fc.constantFrom(...SCALARS)
    : fc.oneof({ arbitrary: fits, weight: 3 }, { arbitrary: fc.constantFrom(...SCALARS), weight: 1 });
}

const FITTING = new Map<string, fc.Arbitrary<unknown>>([
  ["null", fc.constant(null)],
  ["boolean", fc.boolean()],
  ["int", fc.integer()],
  ["long", fc.oneof(fc.maxSafeInteger(), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String))],
  ["double", fc.double({ noNaN: true, noDefaultInfinity: true })],
  ["float", fc.float({ noNaN: true, noDefaultInfinity: true })],
  ["string", fc.string()],
  ["bytes", fc.uint8Array({ maxLength: 7 }).map((bytes) => Buffer.from(bytes).toString("base64"))],
  ["uuid", fc.uuid()],
]);
