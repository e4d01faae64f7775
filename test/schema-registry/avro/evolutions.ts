import fc from "fast-check";

/** A schema as JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [attribute: string]: Json };

/** Two schemas: what was written, and what reads it. */
export interface Evolution {
  readonly older: Json;
  readonly newer: Json;
}

/** Avro's types without structure. */
export const PRIMITIVES: readonly string[] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

const letters = fc.constantFrom("a", "b", "c", "d");
const aliases = fc.uniqueArray(letters, { maxLength: 2 });

interface Drawing {
  readonly depth: number;
  /** Names are taken in order, so that two drawings have the same names at the same places. */
  readonly taken: { count: number };
  readonly draw: <T>(arbitrary: fc.Arbitrary<T>) => T;
}

/** Two schemas drawn with the same names: near enough to be compatible at times, far enough not to be. */
export const evolutions: fc.Arbitrary<Evolution> = fc.gen().map((gen) => {
  const draw = <T>(arbitrary: fc.Arbitrary<T>): T => gen(() => arbitrary);
  const older = drawRecord({ depth: 3, taken: { count: 0 }, draw });
  return { older, newer: evolve(older, draw) };
});

function drawType(drawing: Drawing): Json {
  const { depth, draw } = drawing;
  const inner = { ...drawing, depth: depth - 1 };
  const structured = depth > 0 ? ["record", "array", "map", "union"] : [];
  switch (draw(fc.constantFrom("primitive", "primitive", "enum", "fixed", ...structured))) {
    case "record":
      return drawRecord(inner);
    case "enum":
      return { type: "enum", name: name("E", drawing), symbols: draw(symbols) };
    case "fixed":
      return { type: "fixed", name: name("F", drawing), size: draw(fc.integer({ min: 1, max: 2 })) };
    case "array":
      return { type: "array", items: drawType(inner) };
    case "map":
      return { type: "map", values: drawType(inner) };
    case "union":
      return drawUnion(inner);
    default:
      return draw(fc.constantFrom(...PRIMITIVES));
  }
}

const symbols = fc.uniqueArray(fc.constantFrom("RED", "GREEN", "BLUE"), { minLength: 1 });

function drawRecord(drawing: Drawing): Json {
  const own = name("R", drawing);
  const fields = drawing.draw(fc.uniqueArray(letters, { minLength: 1, maxLength: 3 }));
  const recursive = drawing.draw(fc.boolean()) ? [{ name: "self", type: ["null", own], default: null }] : [];
  return {
    type: "record",
    name: own,
    fields: [...fields.map((field) => ({ name: field, type: drawType(drawing) })), ...recursive],
  };
}

/** A union's branches: primitives, and one of each kind of structure. */
function drawUnion(drawing: Drawing): Json {
  const primitives: readonly Json[] = drawing.draw(
    fc.uniqueArray(fc.constantFrom(...PRIMITIVES), { minLength: 1, maxLength: 3 }),
  );
  return drawing.draw(fc.boolean())
    ? [...primitives, drawRecord({ ...drawing, depth: drawing.depth - 1 })]
    : primitives;
}

function name(letter: string, { taken }: Drawing): string {
  taken.count += 1;
  return `${letter}${taken.count}`;
}

type Draw = Drawing["draw"];

/** Changes some places of a schema. */
function evolve(schema: Json, draw: Draw): Json {
  if (typeof schema === "string") return PRIMITIVES.includes(schema) ? evolvePrimitive(schema, draw) : schema;
  if (isList(schema)) return evolveUnion(schema, draw);
  if (typeof schema !== "object" || schema === null) return schema;
  const parts = Object.entries(schema).map(([key, value]): [string, Json] => [key, evolveAttribute(key, value, draw)]);
  const evolved = Object.fromEntries(parts);
  const withDefault =
    "symbols" in evolved && draw(sometimes) ? { ...evolved, default: "RED", symbols: ["RED"] } : evolved;
  const { name } = schema;
  return typeof name === "string" && draw(rarely) ? rename(withDefault, name, draw(fc.boolean())) : withDefault;
}

function rename(schema: { readonly [attribute: string]: Json }, name: string, withAlias: boolean): Json {
  const renamed = { ...schema, name: `${name}x`, aliases: withAlias ? [name] : [] };
  const json: Json = JSON.parse(JSON.stringify(renamed).replaceAll(`["null","${name}"]`, `["null","${name}x"]`));
  return json;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

const rarely = fc.integer({ min: 0, max: 11 }).map((dice) => dice === 0);
const sometimes = fc.integer({ min: 0, max: 3 }).map((dice) => dice === 0);

function evolvePrimitive(type: string, draw: Draw): Json {
  if (draw(rarely)) return [type, type === "null" ? "string" : "null"];
  return draw(rarely) ? draw(fc.constantFrom(...PRIMITIVES)) : type;
}

function evolveUnion(branches: readonly Json[], draw: Draw): Json {
  const kept = branches
    .filter(() => !draw(rarely))
    .map((branch) => (typeof branch === "string" ? branch : evolve(branch, draw)));
  const free = PRIMITIVES.filter((type) => !kept.includes(type));
  if (kept.length === 0) return branches;
  return draw(rarely) ? [...kept, draw(fc.constantFrom(...free))] : kept;
}

function evolveAttribute(key: string, value: Json, draw: Draw): Json {
  if (key === "symbols") return draw(sometimes) ? draw(symbols) : value;
  if (key === "size") return draw(rarely) ? 3 : value;
  if (key === "items" || key === "values") return evolve(value, draw);
  return key === "fields" && isList(value) ? evolveFields(value, draw) : value;
}

function evolveFields(fields: readonly Json[], draw: Draw): Json {
  const kept = fields.filter(() => !draw(rarely)).map((field) => evolveField(field, draw));
  if (!draw(sometimes)) return kept;
  const added = draw(fc.constantFrom({ name: "added", type: "int" }, { name: "added", type: "int", default: 0 }));
  return [...kept, added];
}

function evolveField(field: Json, draw: Draw): Json {
  if (typeof field !== "object" || field === null || isList(field)) return field;
  const { name, type } = field;
  if (typeof name !== "string" || type === undefined || name === "self") return field;
  const evolved = { ...field, type: evolve(type, draw) };
  return draw(rarely) ? { ...evolved, name: `${name}_new`, aliases: draw(aliases) } : evolved;
}
