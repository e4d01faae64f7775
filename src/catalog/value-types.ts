import { storedDefault } from "./avro/default.ts";
import { definitionKey } from "./avro/definition-key.ts";
import {
  type AvroNode,
  type FieldNode,
  type RecordNode,
  shortName,
  unwrapNullable,
  valueBranches,
  branchName,
} from "./avro/node.ts";
import type { EventSource } from "./event-sources.ts";
import { hashedName, legalName, legalNames, toPascalCase } from "./names.ts";
import type { Candidates } from "./unique-names.ts";
import type { EnumType, RecordField, RecordType, TypeRef, UnionType, ValueType } from "./types.ts";

/** A type that needs a name in GraphQL. The same key is the same type. */
export interface TypeRequest {
  readonly key: string;
  readonly topic: string;
  /** Whether it is an event type's own record. */
  readonly event: boolean;
  /** Whether it is a union in an event type's own record. */
  readonly inEvent?: boolean;
  /** Of the places where it stands, the first in this order gives it its qualified names. */
  readonly order: string;
  readonly candidates: Candidates;
  /** Where a lock has its name: what the event type is called, now and then formerly. */
  readonly events: readonly string[];
  /** What the type is called within that, now and then formerly; empty for the event type itself. */
  readonly within: readonly string[];
}

/** Builds the types of records, each definition once; `nameOf` says what to call them in GraphQL. */
export interface TypeBuilder {
  eventRecord(source: EventSource): RecordType;
}

/** Makes a builder. */
export function createTypeBuilder(nameOf: (request: TypeRequest) => string): TypeBuilder {
  const builder = new Builder(nameOf);
  return { eventRecord: (source) => builder.eventRecord(source) };
}

/** The key by which an event type's record is named. */
export function eventTypeKey({ topic, record }: Pick<EventSource, "topic" | "record">): string {
  return `event ${topic}/${record.name}`;
}

/** Where a type stands: the event that holds it, and the record that holds it directly. */
interface Place {
  readonly source: EventSource;
  readonly owner: RecordNode;
  readonly path: string;
  /** The path, then what it was under older names of the field. */
  readonly paths: readonly string[];
}

class Builder {
  readonly #nameOf: (request: TypeRequest) => string;
  readonly #types = new Map<string, RecordType | EnumType | UnionType>();
  /** A source's nodes are its own. */
  readonly #asked = new Set<AvroNode>();

  constructor(nameOf: (request: TypeRequest) => string) {
    this.#nameOf = nameOf;
  }

  eventRecord(source: EventSource): RecordType {
    const { record } = source;
    const key = eventTypeKey(source);
    const { name } = source.hints;
    const candidates = name === undefined ? namedCandidates(source, record) : [() => name];
    const graphqlName = this.#nameOf({ ...requestOf(source), key, event: true, candidates, within: [] });
    return this.#recordType(source, record, key, graphqlName);
  }

  #recordType(source: EventSource, record: RecordNode, key: string, graphqlName: string): RecordType {
    const fields: RecordField[] = [];
    const type: RecordType = { kind: "record", fullName: record.name, graphqlName, doc: record.doc, fields };
    this.#types.set(key, type);
    const names = legalNames(record.fields.map(({ name }) => name));
    for (const field of record.fields) {
      const paths = [field.name, ...field.aliases];
      const ref = this.#ref(field.type, { source, owner: record, path: field.name, paths });
      fields.push(recordField(field, names.get(field.name) ?? field.name, ref));
    }
    return type;
  }

  #ref(type: AvroNode, place: Place): TypeRef {
    const { node, nullable } = unwrapNullable(type);
    return { type: this.#type(node, place), nullable };
  }

  #type(node: AvroNode, place: Place): ValueType {
    switch (node.type) {
      case "array":
        return { kind: "array", items: this.#ref(node.items, place) };
      case "map":
        return { kind: "map", values: this.#ref(node.values, place) };
      case "record":
      case "enum":
        return this.#named(node, place);
      case "union":
        return this.#union(valueBranches(node), place);
      case "fixed":
        return plainType(node) ?? { kind: "fixed", fullName: node.name, size: node.size };
      default:
        return plainType(node) ?? { kind: node.type };
    }
  }

  #named(node: Extract<AvroNode, { readonly type: "record" | "enum" }>, { source }: Place): ValueType {
    const event = node === source.record;
    const key = event ? eventTypeKey(source) : `type ${definitionKey(node)}`;
    const known = this.#types.get(key);
    if (known !== undefined && this.#asked.has(node)) return known;
    this.#asked.add(node);
    const within = [node.name, ...node.aliases];
    const request = { ...requestOf(source), key, event, candidates: namedCandidates(source, node), within };
    // Asked again for each event type that uses the type, so that its name does not hang on which one came first.
    const graphqlName = event ? (known?.graphqlName ?? "") : this.#nameOf(request);
    if (known !== undefined) return known;
    if (node.type === "record") return this.#recordType(source, node, key, graphqlName);
    const { name: fullName, doc, symbols } = node;
    const type: EnumType = { kind: "enum", fullName, graphqlName, doc, symbols, default: node.default };
    this.#types.set(key, type);
    return type;
  }

  #union(branches: readonly AvroNode[], { source, owner, path, paths }: Place): ValueType {
    const alike = JSON.stringify(branches.map((branch) => signature(branch, source)));
    const key = `union ${owner.name}#${path} ${alike}`;
    const candidates = unionCandidates(source, owner, path);
    const owners = [owner.name, ...owner.aliases];
    const within = owners.flatMap((name) => paths.map((each) => `${name}#${each}`));
    const inEvent = owner === source.record;
    const graphqlName = this.#nameOf({ ...requestOf(source), key, event: false, inEvent, candidates, within });
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const types = branches.map((branch) => ({
      tag: branchName(branch),
      type: this.#type(branch, { source, owner, ...deeper({ path, paths }, shortName(branchName(branch))) }),
    }));
    const type: UnionType = { kind: "union", graphqlName, branches: types };
    this.#types.set(key, type);
    return type;
  }
}

/** Tells types apart that have the same names. */
function signature(node: AvroNode, source: EventSource): string {
  switch (node.type) {
    case "record":
    case "enum":
      return node === source.record ? eventTypeKey(source) : definitionKey(node);
    case "array":
      return `[${signature(node.items, source)}]`;
    case "map":
      return `{${signature(node.values, source)}}`;
    case "union":
      return `(${node.branches.map((branch) => signature(branch, source)).join("|")})`;
    case "fixed":
      return definitionKey(node);
    default:
      return JSON.stringify(node);
  }
}

function deeper({ path, paths }: Pick<Place, "path" | "paths">, step: string): Pick<Place, "path" | "paths"> {
  return { path: `${path}.${step}`, paths: paths.map((each) => `${each}.${step}`) };
}

function plainType(node: Extract<AvroNode, { readonly logical: unknown }>): ValueType | undefined {
  if (node.logical === undefined) return undefined;
  if (node.logical.name !== "decimal") return { kind: node.logical.name };
  return { kind: "decimal", precision: node.logical.precision, scale: node.logical.scale };
}

function recordField(field: FieldNode, graphqlName: string, type: TypeRef): RecordField {
  const stored = storedDefault(field.type, field.default);
  const { name, doc, aliases } = field;
  return { name, graphqlName, type, doc, aliases, ...(stored === undefined ? {} : { default: stored }) };
}

function requestOf({ topic, record }: EventSource): Pick<TypeRequest, "topic" | "order" | "events"> {
  return { topic, order: `${topic}/${record.name}`, events: [record.name, ...record.aliases] };
}

/** The short name, then qualified by the topic, by the namespace, by both, and at last as none else can be. */
function namedCandidates({ topic, record: event }: EventSource, node: { readonly name: string }): Candidates {
  const short = (): string => legalName(shortName(node.name));
  const full = (): string => toPascalCase(node.name);
  const byTopic = (): string => toPascalCase(topic);
  const byEvent = (): string => legalName(`${byTopic()}${toPascalCase(event.name)}${full()}`);
  return [
    short,
    () => legalName(`${byTopic()}${toPascalCase(short())}`),
    () => legalName(full()),
    () => legalName(`${byTopic()}${full()}`),
    ...(event.name === node.name ? [] : [byEvent]),
    () => hashedName(`${topic}/${event.name}/${node.name}`),
  ];
}

function unionCandidates({ topic, record: event }: EventSource, owner: RecordNode, path: string): Candidates {
  const field = (): string => toPascalCase(path);
  const byTopic = (): string => toPascalCase(topic);
  const short = (): string => toPascalCase(shortName(owner.name));
  const full = (): string => `${toPascalCase(owner.name)}${field()}`;
  const byEvent = (): string => legalName(`${byTopic()}${toPascalCase(event.name)}${full()}`);
  return [
    () => legalName(`${short()}${field()}`),
    () => legalName(`${byTopic()}${short()}${field()}`),
    () => legalName(`${byTopic()}${full()}`),
    ...(event.name === owner.name ? [] : [byEvent]),
    () => hashedName(`${topic}/${event.name}/${owner.name}#${path}`),
  ];
}
