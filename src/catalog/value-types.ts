import { storedDefault } from "./avro/default.ts";
import { definitionKey } from "./avro/emit.ts";
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
import type { EnumType, RecordField, RecordType, TypeRef, UnionType, ValueType } from "./types.ts";

/** A type that needs a name in GraphQL. The same key is the same type. */
export interface TypeRequest {
  readonly key: string;
  readonly topic: string;
  /** Whether it is an event type's own record. */
  readonly event: boolean;
  /** The wanted name, then ever more qualified ones. */
  readonly candidates: readonly string[];
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
  readonly owner: { readonly key: string; readonly record: RecordNode };
  readonly path: string;
}

class Builder {
  readonly #nameOf: (request: TypeRequest) => string;
  readonly #types = new Map<string, RecordType | EnumType | UnionType>();

  constructor(nameOf: (request: TypeRequest) => string) {
    this.#nameOf = nameOf;
  }

  eventRecord(source: EventSource): RecordType {
    const { record, topic } = source;
    const key = eventTypeKey(source);
    const candidates = source.hints.name === undefined ? namedCandidates(source, record) : [source.hints.name];
    const graphqlName = this.#nameOf({ key, topic, event: true, candidates });
    return this.#recordType(source, record, key, graphqlName);
  }

  #recordType(source: EventSource, record: RecordNode, key: string, graphqlName: string): RecordType {
    const fields: RecordField[] = [];
    const type: RecordType = { kind: "record", fullName: record.name, graphqlName, doc: record.doc, fields };
    this.#types.set(key, type);
    const names = legalNames(record.fields.map(({ name }) => name));
    const owner = { key, record };
    for (const field of record.fields) {
      const ref = this.#ref(field.type, { source, owner, path: field.name });
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
    const request = { key, topic: source.topic, event, candidates: namedCandidates(source, node) };
    // Asked again for each topic that uses the type, so that its name does not hang on which one came first.
    const graphqlName = event ? (known?.graphqlName ?? "") : this.#nameOf(request);
    if (known !== undefined) return known;
    if (node.type === "record") return this.#recordType(source, node, key, graphqlName);
    const { name: fullName, doc, symbols } = node;
    const type: EnumType = { kind: "enum", fullName, graphqlName, doc, symbols, default: node.default };
    this.#types.set(key, type);
    return type;
  }

  #union(branches: readonly AvroNode[], { source, owner, path }: Place): ValueType {
    const key = `union ${owner.key}#${path}`;
    const candidates = unionCandidates(source, owner.record, path);
    const graphqlName = this.#nameOf({ key, topic: source.topic, event: false, candidates });
    const known = this.#types.get(key);
    if (known !== undefined) return known;
    const types = branches.map((branch) => ({
      tag: branchName(branch),
      type: this.#type(branch, { source, owner, path: `${path}.${shortName(branchName(branch))}` }),
    }));
    const type: UnionType = { kind: "union", graphqlName, branches: types };
    this.#types.set(key, type);
    return type;
  }
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

/** The short name, then qualified by the topic, by the namespace, by both, and at last as none else can be. */
function namedCandidates({ topic, record: event }: EventSource, node: { readonly name: string }): readonly string[] {
  const short = legalName(shortName(node.name));
  const full = toPascalCase(node.name);
  const byTopic = toPascalCase(topic);
  return [
    short,
    legalName(`${byTopic}${toPascalCase(short)}`),
    legalName(full),
    legalName(`${byTopic}${full}`),
    ...(event.name === node.name ? [] : [legalName(`${byTopic}${toPascalCase(event.name)}${full}`)]),
    hashedName(`${topic}/${event.name}/${node.name}`),
  ];
}

function unionCandidates({ topic, record: event }: EventSource, owner: RecordNode, path: string): readonly string[] {
  const field = toPascalCase(path);
  return [
    legalName(`${toPascalCase(shortName(owner.name))}${field}`),
    legalName(`${toPascalCase(topic)}${toPascalCase(shortName(owner.name))}${field}`),
    legalName(`${toPascalCase(topic)}${toPascalCase(owner.name)}${field}`),
    hashedName(`${topic}/${event.name}/${owner.name}#${path}`),
  ];
}
