import fc from "fast-check";
import { givenOf } from "./arbitrary-value.ts";
import { type AvroField, type AvroRecord, type AvroType, defaultOf, isNull, tagOf } from "./avro-type.ts";
import { NULL, SCALARS, STRING, type ScalarKind } from "./scalars.ts";

/** A type as it is drawn, before its named types have names. */
type Shape =
  | { readonly type: "scalar"; readonly of: ScalarKind }
  | { readonly type: "enum"; readonly name: string; readonly symbols: readonly string[]; readonly hasDefault: boolean }
  | { readonly type: "array" | "map"; readonly of: Shape }
  | { readonly type: "nullable"; readonly of: Shape; readonly nullFirst: boolean }
  | { readonly type: "union"; readonly of: readonly Shape[] }
  | { readonly type: "record"; readonly name: string; readonly fields: readonly FieldShape[] }
  /** A named type that was met before, where there is one. */
  | { readonly type: "again"; readonly index: number };

interface FieldShape {
  readonly name: string;
  readonly alias: string | undefined;
  readonly of: Shape;
  /** What a default is made of, where the field has one. */
  readonly seed: number | undefined;
}

/** Names of types that people give, that the API has itself, or that GraphQL or JavaScript means something by. */
const TYPE_NAMES = [
  ["User", "Address", "Query", "Mutation", "Subscription", "String", "Long", "Date", "DateTime", "Status", "Wait"],
  ["UserInput", "UserWhere", "StringBox", "LongFilter", "NullableStringEntry", "Cursor", "PageInfo", "SortOrder"],
  ["__x", "_", "object", "constructor", "toString", "input", "type", "_Any", "_Entity", "Int", "a1", "A"],
].flat();
const NAMESPACES = ["app.user", "app.order", "x", "a.b.c"];
const FIELD_NAMES = [
  ["id", "_id", "_meta", "name", "first_name", "key", "value", "_type", "isNull", "AND", "OR", "NOT"],
  ["__x", "___", "u__x", "true", "null", "constructor", "toString", "hasOwnProperty", "length", "query"],
  ["cursor", "operation", "previous", "receipt", "status", "eq", "in", "has", "some", "_empty", "__typename", "a", "b"],
].flat();
const SYMBOLS = ["RED", "GREEN", "true", "false", "null", "__x", "_", "on", "red", "Type", "constructor"];

const typeName = fc
  .tuple(fc.constantFrom(...NAMESPACES), fc.constantFrom(...TYPE_NAMES))
  .map((parts) => parts.join("."));
const symbols = fc.uniqueArray(fc.constantFrom(...SYMBOLS), { minLength: 1, maxLength: 4 });

const { field } = fc.letrec<{ shape: Shape; field: FieldShape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 4, depthSize: "small", withCrossShrink: true },
    { weight: 6, arbitrary: fc.constantFrom(...SCALARS).map((of): Shape => ({ type: "scalar", of })) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(typeName, symbols, fc.boolean())
        .map(([name, of, hasDefault]): Shape => ({ type: "enum", name, symbols: of, hasDefault })),
    },
    { weight: 1, arbitrary: fc.nat({ max: 9 }).map((index): Shape => ({ type: "again", index })) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.constantFrom("array" as const, "map" as const), tie("shape"))
        .map(([type, of]): Shape => ({ type, of })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(tie("shape"), fc.boolean())
        .map(([of, nullFirst]): Shape => ({ type: "nullable", of, nullFirst })),
    },
    {
      weight: 2,
      arbitrary: fc.array(tie("shape"), { minLength: 2, maxLength: 5 }).map((of): Shape => ({ type: "union", of })),
    },
    {
      weight: 3,
      arbitrary: fc
        .tuple(typeName, fc.array(tie("field"), { maxLength: 4 }))
        .map(([name, fields]): Shape => ({ type: "record", name, fields })),
    },
  ),
  field: fc
    .tuple(
      fc.constantFrom(...FIELD_NAMES),
      fc.option(fc.constantFrom(...FIELD_NAMES, "__proto__"), { freq: 2, nil: undefined }),
      tie("shape"),
      fc.option(fc.integer(), { freq: 2, nil: undefined }),
    )
    .map(([name, alias, of, seed]): FieldShape => ({ name, alias, of, seed })),
}));

/** Records of every type that Avro has, nested, in themselves and used again, with names that nobody wants. */
export const avroRecords: fc.Arbitrary<AvroRecord> = fc
  .tuple(typeName, fc.array(field, { minLength: 1, maxLength: 8 }))
  .map(([name, fields]) => new Assembly().event({ type: "record", name, fields }));

interface Defined {
  readonly type: Extract<AvroType, { readonly name: string }>;
  /** Whether its fields aren't complete yet. */
  isOpen: boolean;
}

class Assembly {
  readonly #defined: Defined[] = [];
  readonly #defaults: (() => void)[] = [];

  event(shape: Extract<Shape, { type: "record" }>): AvroRecord {
    const record = this.#record(shape);
    for (const setDefault of this.#defaults) setDefault();
    return record;
  }

  /** `ends`: a type that stands in itself here has values that end. */
  #type(shape: Shape, ends: boolean): AvroType {
    switch (shape.type) {
      case "scalar":
        return this.#scalar(shape.of);
      case "enum":
        return this.#define({
          kind: "enum",
          name: this.#free(shape.name),
          symbols: shape.symbols,
          hasDefault: shape.hasDefault,
        });
      case "array":
        return { kind: "array", items: this.#type(shape.of, true) };
      case "map":
        return { kind: "map", values: this.#type(shape.of, true) };
      case "nullable": {
        const of = this.#type(shape.of, true);
        return union(shape.nullFirst ? [NOTHING, of] : [of, NOTHING]);
      }
      case "union":
        return union(shape.of.map((branch) => this.#type(branch, ends)));
      case "record":
        return this.#record(shape);
      case "again":
        return this.#again(shape.index, ends);
    }
  }

  #scalar(scalar: ScalarKind): AvroType {
    if (scalar.schema["type"] !== "fixed") return { kind: "scalar", scalar };
    return this.#define({ kind: "fixed", name: this.#free("x.Fixed"), scalar });
  }

  #again(index: number, ends: boolean): AvroType {
    const known = this.#defined.filter(({ isOpen }) => ends || !isOpen);
    return known[index % Math.max(1, known.length)]?.type ?? { kind: "scalar", scalar: STRING };
  }

  #record({ name, fields: shapes }: Extract<Shape, { type: "record" }>): AvroRecord {
    const fields: AvroField[] = [];
    const doc = shapes.length % 2 === 0 ? undefined : 'What it "is": """ # \\ \u{1f600}';
    const record: AvroRecord = { kind: "record", name: this.#free(name), doc, fields };
    const defined: Defined = { type: record, isOpen: true };
    this.#defined.push(defined);
    const taken = new Set<string>();
    const names = shapes.map((shape) => freeName(shape.name, taken));
    for (const [index, shape] of shapes.entries()) {
      const aliases = shape.alias === undefined ? [] : [freeName(shape.alias, taken)];
      const type = this.#type(shape.of, false);
      const at = fields.push({ name: names[index] ?? "", aliases, type, default: undefined }) - 1;
      const { seed } = shape;
      if (seed !== undefined) this.#defaults.push(() => setDefault(fields, at, seed));
    }
    defined.isOpen = false;
    return record;
  }

  #define<T extends Defined["type"]>(type: T): T {
    this.#defined.push({ type, isOpen: false });
    return type;
  }

  #free(name: string): string {
    return freeName(name, new Set(this.#defined.map(({ type }) => type.name)));
  }
}

/** A default that Avro can write, of values that have no defaults themselves left out. */
function setDefault(fields: AvroField[], at: number, seed: number): void {
  const field = fields[at];
  if (field === undefined) return;
  const [given] = fc.sample(givenOf(field.type, { depth: 1, isWhole: true }), { seed, numRuns: 1 });
  if (given !== undefined && defaultOf(field.type, given) !== undefined) fields[at] = { ...field, default: given };
}

function freeName(wanted: string, taken: Set<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count += 1) name = `${wanted}${count}`;
  taken.add(name);
  return name;
}

const NOTHING: AvroType = { kind: "scalar", scalar: NULL };

/** A union of what may stand together: no unions, and no type twice. */
function union(types: readonly AvroType[]): AvroType {
  const branches = new Map<string, AvroType>();
  for (const type of types.flatMap((each) => (each.kind === "union" ? each.branches : [each])))
    if (!branches.has(tagOf(type))) branches.set(tagOf(type), type);
  const [only, ...more] = branches.values();
  if (only !== undefined && more.length === 0 && isNull(only)) return only;
  return { kind: "union", branches: [...branches.values()] };
}
