import type { RecordField, RecordType, TypeRef, UnionType, ValueType } from "../catalog/types.ts";
import { isOptional } from "../graphql/types/input.ts";
import { olderNames } from "./json-input.ts";
import { type JsonSchema, scalarInput, scalarOutput } from "./scalar-schema.ts";

/** Schemas that others refer to. */
export interface SchemaComponents {
  /** The schema of a value as a route takes it. */
  input(ref: TypeRef): JsonSchema;
  /** The schema of an object of these fields as a route takes it. */
  inputObject(fields: readonly RecordField[], doc: string | undefined): JsonSchema;
  /** The schema of a value as a route answers it. */
  output(ref: TypeRef): JsonSchema;
  /** All that were referred to, by their names. */
  all(): Readonly<Record<string, JsonSchema>>;
}

/** Makes JSON Schemas of a catalog's types; records and enums stand once, under names that GraphQL has or could not have. */
export function schemaComponents(): SchemaComponents {
  const input = new Schemas("-input");
  const output = new Schemas("");
  return {
    input: (ref) => input.of(ref),
    inputObject: (fields, doc) => input.object(fields, doc),
    output: (ref) => output.of(ref),
    all: () => Object.fromEntries([...input.made, ...output.made].sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

class Schemas {
  readonly made = new Map<string, JsonSchema>();
  readonly #suffix: "" | "-input";

  constructor(suffix: "" | "-input") {
    this.#suffix = suffix;
  }

  of({ type, nullable }: TypeRef): JsonSchema {
    const schema = this.#bare(type);
    if (!nullable || type.kind === "null") return schema;
    const { type: name, ...rest } = schema;
    // What names its values, or refers to others, allows no more by naming another type.
    if (name === undefined || "enum" in rest) return { anyOf: [schema, { type: "null" }] };
    return { type: [name, "null"].flat(), ...rest };
  }

  object(fields: readonly RecordField[], doc: string | undefined): JsonSchema {
    return this.#suffix === "-input" ? this.#inputObject(fields, doc) : this.#outputObject(fields, doc);
  }

  #bare(type: ValueType): JsonSchema {
    switch (type.kind) {
      case "record":
        return this.#record(type);
      case "array":
        return { type: "array", items: this.of(type.items) };
      case "map":
        return { type: "object", additionalProperties: this.of(type.values) };
      case "union":
        return this.#union(type);
      case "enum":
        return this.#refer(type.graphqlName, () => ({
          ...(type.symbols.length === 0 ? { not: {} } : { type: "string", enum: [...type.symbols] }),
          ...described(type.doc),
        }));
      default:
        return this.#suffix === "-input" ? scalarInput(type) : scalarOutput(type);
    }
  }

  #record(record: RecordType): JsonSchema {
    return this.#refer(`${record.graphqlName}${this.#suffix}`, () => this.object(record.fields, record.doc));
  }

  #refer(name: string, make: () => JsonSchema): JsonSchema {
    if (!this.made.has(name)) {
      // Known before it is made: a record may contain itself.
      this.made.set(name, {});
      this.made.set(name, make());
    }
    return { $ref: `#/components/schemas/${name}` };
  }

  /** Exactly one of the branches, by the branch's name. */
  #union({ branches }: UnionType): JsonSchema {
    const oneOf = branches.map(({ tag, type }) => ({
      type: "object",
      properties: Object.fromEntries([[tag, this.of({ type, nullable: false })]]),
      required: [tag],
      additionalProperties: false,
    }));
    return { oneOf };
  }

  #outputObject(fields: readonly RecordField[], doc: string | undefined): JsonSchema {
    const properties = fields.map((field) => [field.name, annotated(this.of(field.type), described(field.doc))]);
    return {
      type: "object",
      ...described(doc),
      properties: Object.fromEntries(properties),
      required: fields.map(({ name }) => name),
    };
  }

  #inputObject(fields: readonly RecordField[], doc: string | undefined): JsonSchema {
    const properties: [string, JsonSchema][] = [];
    const required: string[] = [];
    const rules: JsonSchema[] = [];
    for (const field of fields) {
      const schema = this.of(field.type);
      const older = olderNames(field, fields);
      properties.push([field.name, annotated(schema, { ...described(field.doc), ...defaultOf(field) })]);
      for (const name of older)
        properties.push([name, annotated(schema, { deprecated: true, description: `Renamed to ${field.name}.` })]);
      if (older.length > 0) rules.push(onceOf([field.name, ...older], isOptional(field)));
      else if (!isOptional(field)) required.push(field.name);
    }
    return {
      type: "object",
      ...described(doc),
      properties: Object.fromEntries(properties),
      ...(required.length > 0 && { required }),
      ...(rules.length > 0 && { allOf: rules }),
      additionalProperties: false,
    };
  }
}

/** Of the names of one field, one is given, or none where it may be left out. */
function onceOf(names: readonly string[], isOptional: boolean): JsonSchema {
  const each = names.map((name) => ({ required: [name] }));
  return { oneOf: isOptional ? [...each, { not: { anyOf: each } }] : each };
}

/** What a schema says besides what it allows; one that refers to another may say it, too. */
function annotated(schema: JsonSchema, notes: JsonSchema): JsonSchema {
  return { ...schema, ...notes };
}

function described(doc: string | undefined): JsonSchema {
  return doc === undefined ? {} : { description: doc };
}

const PLAIN_KINDS: ReadonlySet<ValueType["kind"]> = new Set(["boolean", "int", "float", "double", "string", "enum"]);

/** Where its stored form is JSON. */
function defaultOf({ type, default: value }: RecordField): JsonSchema {
  return value !== undefined && (value === null || PLAIN_KINDS.has(type.type.kind)) ? { default: value } : {};
}
