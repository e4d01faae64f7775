import type { Decider } from "../model/decider.ts";
import type { Projection } from "../model/projection.ts";
import type { Value } from "../model/value.ts";
import type { NameLock } from "./name-lock.ts";
import type { ScalarKind } from "./scalar-kind.ts";

/** A parsed Avro schema as JSON, references inlined, so that it stands alone. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [attribute: string]: unknown };

/** The type of a value. Records may contain themselves: the graph has cycles. */
export type ValueType =
  | { readonly kind: ScalarKind }
  | { readonly kind: "fixed"; readonly fullName: string; readonly size: number }
  | { readonly kind: "decimal"; readonly precision: number; readonly scale: number }
  | EnumType
  | { readonly kind: "array"; readonly items: TypeRef }
  | { readonly kind: "map"; readonly values: TypeRef }
  | RecordType
  | UnionType;

/** A type where it is used. `nullable`: the Avro union with `null`, never a wrapper. */
export interface TypeRef {
  readonly type: ValueType;
  readonly nullable: boolean;
}

/** An enumeration; `symbols` are those of all versions. */
export interface EnumType {
  readonly kind: "enum";
  readonly fullName: string;
  /** The name in GraphQL, unique in the catalog. */
  readonly graphqlName: string;
  readonly doc: string | undefined;
  readonly symbols: readonly string[];
  readonly default: string | undefined;
}

/** A record. The same object stands wherever the same definition is used. */
export interface RecordType {
  readonly kind: "record";
  readonly fullName: string;
  /** The name in GraphQL, unique in the catalog; an input type adds `Input`. */
  readonly graphqlName: string;
  readonly doc: string | undefined;
  readonly fields: readonly RecordField[];
}

/** A field of a record. */
export interface RecordField {
  /** As Avro has it. */
  readonly name: string;
  /** As GraphQL has it: the same, unless GraphQL forbids it. */
  readonly graphqlName: string;
  readonly type: TypeRef;
  readonly doc: string | undefined;
  readonly aliases: readonly string[];
  /** The schema's default in the stored form; absent where there is none. */
  readonly default?: Value;
}

/** A union of two or more types besides null; stored as a `TaggedValue`. */
export interface UnionType {
  readonly kind: "union";
  /** The name in GraphQL, unique in the catalog. */
  readonly graphqlName: string;
  readonly branches: readonly UnionBranch[];
}

/** A branch of a union: `tag` is its Avro name, as `TaggedValue._type` has it. */
export interface UnionBranch {
  readonly tag: string;
  readonly type: ValueType;
}

/** What an event does to its document as a whole. */
export type EventEffect = "upsert" | "create" | "update" | "delete" | "ignore";

/** What a field does to its column. */
export type FieldEffect = "set" | "add" | "multiply" | "min" | "max" | "append" | "remove";

/** A field of an event type and the column that it goes to. */
export interface EventField {
  readonly field: RecordField;
  /**
   * The column's name in the document, or undefined where there is none: the field is the key itself (`key: true`), or
   * the event deletes the document or is ignored.
   */
  readonly column: string | undefined;
  /** What its values become in the column, where that stores them otherwise: longs, of ints. */
  readonly widerType?: ValueType;
  readonly effect: FieldEffect;
  /** Whether it holds the aggregate's id. */
  readonly key: boolean;
  /** Never shown: not in GraphQL, filters, order, aggregates, errors or dead letters. */
  readonly hidden: boolean;
}

/** An event type: an Avro record on a topic. */
export interface EventType {
  /** The record's full Avro name. */
  readonly fullName: string;
  /** The name in GraphQL, unique in the catalog: the short name, qualified by the topic where two share it. */
  readonly name: string;
  /** The mutation's name: `name` in lower camel case. */
  readonly mutation: string;
  readonly topic: string;
  readonly subject: string;
  /** Of the newest version, with which events are written. */
  readonly schemaId: number;
  readonly version: number;
  /**
   * The newest version's schema: a record, or the union of records that the subject holds. This is the writer's schema
   * of `schemaId`.
   */
  readonly writerSchema: AvroSchema;
  /** The record to read with: newest fields, enum symbols of all versions. */
  readonly readerSchema: AvroSchema;
  readonly effect: EventEffect;
  readonly record: RecordType;
  readonly fields: readonly EventField[];
}

/** A command type: an Avro record on `<topic>.commands`, for the aggregate on `<topic>` to decide. */
export interface CommandType extends WrittenType, Pick<EventType, "name" | "mutation" | "subject" | "version"> {
  /** Of the events that it leads to: `<topic>`. */
  readonly topic: string;
}

/** What is written in Avro: an event type, or a command type. */
export type WrittenType = Pick<EventType, "fullName" | "schemaId" | "writerSchema" | "readerSchema" | "record">;

/** How appends to a topic are decided that has one writer for each partition; it has one aggregate. */
export interface Ownership {
  /** Whether events of several keys can be appended as one: its topic of commands has one partition. */
  readonly transactions: boolean;
  /** Whether an event that equals the key's newest one is dropped. */
  readonly deduplicates: boolean;
  /** The rules; undefined: there are none, events are appended as they come. */
  readonly decider: Decider | undefined;
  /** Those of the topic that have a rule, sorted by name. */
  readonly commands: readonly CommandType[];
}

/** A column of an aggregate: a top-level field of its documents. */
export interface Column {
  /** As documents have it: the first name of a field that was renamed. */
  readonly name: string;
  /** As GraphQL has it: its newest name, unless GraphQL forbids it. */
  readonly graphqlName: string;
  /** Its other names, as GraphQL has them, the newest first. */
  readonly aliases: readonly string[];
  /**
   * Nullable unless each event type that can create the document guarantees a value, in all its versions. Of fields that
   * are appended or removed, the type is the list's; of ints that are summed up, `long`.
   */
  readonly type: TypeRef;
  readonly doc: string | undefined;
  readonly hidden: boolean;
  /** The aggregate whose id this column holds. */
  readonly references: string | undefined;
  /** Why not to use it any more, or undefined. */
  readonly deprecated: string | undefined;
}

/** An index of an aggregate's documents: stored paths to 1 or -1, most significant first; the id stands last. */
export type ColumnIndex = Readonly<Record<string, 1 | -1>>;

/** How the events of a key are kept beside its document. */
export interface KeptHistory {
  /** After how many ms, by its own time, an event is kept no more; undefined: never. */
  readonly ttlMs: number | undefined;
}

/** The record of an aggregate's states. It is no event type. */
export interface StateRecord {
  readonly record: RecordType;
  /** The columns that it gives a value, in all its versions: a rule may count on them. */
  readonly guaranteed: ReadonlySet<string>;
}

/** All events of one key, and the document that they make. */
export interface Aggregate {
  /** PascalCase, singular: the GraphQL type. */
  readonly name: string;
  /** Whether a hint names it; absent: it is called by its topic. */
  readonly isHinted?: boolean;
  /** The key lookup's field, lower camel case. */
  readonly singular: string;
  /** The list's field, lower camel case. */
  readonly plural: string;
  /** The collection of its documents. */
  readonly collection: string;
  /** The projection whose checkpoints say how far they are. */
  readonly projection: string;
  readonly topic: string;
  readonly doc: string | undefined;
  /** Whether subscribers are told what a document was before a change: the hint `previous`. */
  readonly previous: boolean;
  /** Whether, and how long, each key's events are kept: the hint `history`; undefined: they aren't. */
  readonly history: KeptHistory | undefined;
  /** Absent: its topic is open, whoever may append does so directly. */
  readonly owned?: Ownership;
  /** What has its columns, by the hint `state` or a projection in code; absent: they are its event types' fields. */
  readonly state?: StateRecord;
  /** Without `id` and `_meta`, in the order of the schemas' first registration. */
  readonly columns: readonly Column[];
  /** Those that its collection is to have, besides the one of the id. */
  readonly indexes: readonly ColumnIndex[];
  /** In the order of their first registration; of a projection in code none. */
  readonly eventTypes: readonly EventType[];
  /** Present: a projection in code makes its documents, which nobody appends to. */
  readonly projected?: Projected;
}

/** How a projection in code makes its documents. */
export interface Projected {
  readonly projection: Projection;
  /** The event types of the topics that it is from, by topic. */
  readonly sources: ReadonlyMap<string, readonly EventType[]>;
  /** Whether the aggregate's topic is one that EventQL copies their records to, under the projection's keys. */
  readonly isRekeyed: boolean;
}

/** A subject that was left out, and why. */
export interface SkippedSubject {
  readonly subject: string;
  readonly reason: string;
}

/** Everything that the schemas say: immutable, rebuilt whole when the registry changes. */
export interface Catalog {
  /** Sorted by name. */
  readonly aggregates: readonly Aggregate[];
  /** Sorted by name. */
  readonly commands: readonly CommandType[];
  readonly skipped: readonly SkippedSubject[];
  /** The newest schema id that was seen; grows with every registration. */
  readonly generation: number;
  /** Names in GraphQL that are kept. */
  readonly lock?: NameLock;
}
