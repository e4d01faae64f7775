import type { ScalarKind } from "../../src/catalog/scalar-kind.ts";
import type {
  Aggregate,
  Catalog,
  Column,
  CommandType,
  EnumType,
  EventEffect,
  EventType,
  Ownership,
  RecordField,
  RecordType,
  TypeRef,
  UnionType,
  ValueType,
} from "../../src/catalog/types.ts";

/** Hand-made catalogs: what tests of the API start from. */
export function scalar(kind: ScalarKind): ValueType {
  return { kind };
}

export function needed(type: ValueType | ScalarKind): TypeRef {
  return { type: typeof type === "string" ? scalar(type) : type, nullable: false };
}

export function nullable(type: ValueType | ScalarKind): TypeRef {
  return { ...needed(type), nullable: true };
}

export function list(items: ValueType | ScalarKind): ValueType {
  return { kind: "array", items: needed(items) };
}

export function map(values: ValueType | ScalarKind): ValueType {
  return { kind: "map", values: needed(values) };
}

export function field(name: string, type: TypeRef, extra: Partial<RecordField> = {}): RecordField {
  return { name, graphqlName: name, type, doc: undefined, aliases: [], ...extra };
}

export function record(fullName: string, fields: readonly RecordField[], doc?: string): RecordType {
  return { kind: "record", fullName, graphqlName: shortName(fullName), doc, fields };
}

export function enumeration(fullName: string, symbols: readonly string[], fallback?: string): EnumType {
  return { kind: "enum", fullName, graphqlName: shortName(fullName), doc: undefined, symbols, default: fallback };
}

/** `branches` by their tags. */
export function union(graphqlName: string, branches: Readonly<Record<string, ValueType>>): UnionType {
  return { kind: "union", graphqlName, branches: Object.entries(branches).map(([tag, type]) => ({ tag, type })) };
}

export function column(name: string, type: TypeRef, extra: Partial<Column> = {}): Column {
  return {
    name,
    graphqlName: name,
    aliases: [],
    type,
    doc: undefined,
    hidden: false,
    references: undefined,
    deprecated: undefined,
    ...extra,
  };
}

/** `keys` are the fields that hold the aggregate's id. */
export function eventType(
  type: RecordType,
  {
    topic = "t",
    effect = "upsert",
    keys = [],
  }: { readonly topic?: string; readonly effect?: EventEffect; readonly keys?: readonly string[] } = {},
): EventType {
  return {
    fullName: type.fullName,
    name: type.graphqlName,
    mutation: type.graphqlName.charAt(0).toLowerCase() + type.graphqlName.slice(1),
    topic,
    subject: `${topic}-${type.fullName}`,
    schemaId: 1,
    version: 1,
    writerSchema: "string",
    readerSchema: "string",
    effect,
    record: type,
    fields: type.fields.map((one) => ({
      field: one,
      column: keys.includes(one.name) ? undefined : one.name,
      effect: "set",
      key: keys.includes(one.name),
      hidden: false,
    })),
  };
}

/** A command type for the aggregate on a topic. */
export function commandType(type: RecordType, topic = "t"): CommandType {
  const { fullName, name, mutation, schemaId, version, writerSchema, readerSchema, record } = eventType(type);
  const subject = `${topic}.commands-${fullName}`;
  return { fullName, name, topic, subject, schemaId, version, writerSchema, readerSchema, mutation, record };
}

/** An owned topic; with commands it has rules, and then offers events only if told so. */
export function ownedBy(
  {
    commands = [],
    transactions = false,
    eventMutations = false,
  }: {
    readonly commands?: readonly CommandType[];
    readonly transactions?: boolean;
    readonly eventMutations?: boolean;
  } = {},
  topic = "t",
): Ownership {
  const rules = Object.fromEntries(commands.map(({ name }) => [name, () => []]));
  const decider = {
    aggregate: "Any",
    topic,
    initial: {},
    decide: rules,
    evolve: undefined,
    version: 1,
    eventMutations,
  };
  return { transactions, deduplicates: false, decider: commands.length === 0 ? undefined : decider, commands };
}

export function aggregate(name: string, parts: Partial<Aggregate> = {}): Aggregate {
  const singular = name.charAt(0).toLowerCase() + name.slice(1);
  return {
    name,
    singular,
    plural: `${singular}s`,
    collection: `${singular}s`,
    projection: "aggregates",
    topic: "t",
    doc: undefined,
    previous: false,
    history: undefined,
    columns: [],
    indexes: [],
    eventTypes: [],
    ...parts,
  };
}

export function catalogOf(...aggregates: readonly Aggregate[]): Catalog {
  return { aggregates, commands: [], skipped: [], generation: 7 };
}

function shortName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf(".") + 1);
}
