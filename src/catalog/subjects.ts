import { messageOf } from "../errors.ts";
import type { RegisteredSchema } from "../schema-registry/schema-registry.ts";
import { longestChain, recordsIn, usesOf } from "./avro/children.ts";
import { emitSchema } from "./avro/emit.ts";
import { type AvroNode, type RecordNode, unwrapNullable } from "./avro/node.ts";
import { parseWithReferences } from "./avro/resolve.ts";
import { type FieldNames, FieldNameHistory } from "./field-names.ts";
import type { AvroSchema } from "./types.ts";

/** A version of a subject, with the texts that it refers to, or why those can't be had. */
export interface GatheredVersion extends RegisteredSchema {
  readonly referenced: readonly string[];
  readonly problem?: string;
}

/** A subject with all its versions, oldest first. */
export interface GatheredSubject {
  readonly subject: string;
  readonly versions: readonly GatheredVersion[];
}

/** A record that a subject holds, in the newest version that has it. */
export interface SubjectRecord {
  readonly subject: string;
  /** By the subject's name; undefined: the name doesn't say. */
  readonly topic: string | undefined;
  readonly record: RecordNode;
  readonly schemaId: number;
  readonly version: number;
  /** The id of the first version that has the record: it never changes, so it orders event types. */
  readonly firstId: number;
  readonly writerSchema: AvroSchema;
  /** The fields that all its versions have, and have never been null: documents of old events have them too. */
  readonly always: ReadonlySet<string>;
  readonly fieldNames: FieldNames;
}

/** What a subject holds. `ignored`: it is none of ours, and nothing to speak of. */
export type SubjectContent =
  | { readonly kind: "records"; readonly records: readonly SubjectRecord[]; readonly schemas: readonly AvroNode[] }
  /** `isSound`: others may still be made of what it holds. */
  | { readonly kind: "skipped"; readonly reason: string; readonly isSound?: boolean }
  | { readonly kind: "ignored" };

/** What walks types does so by recursion. */
const MAX_CHAIN = 1_000;

/** Reads a subject: all records of all its versions, each as its newest version has it. */
export function readSubject({ subject, versions }: GatheredSubject): SubjectContent {
  const newest = versions.at(-1);
  if (newest === undefined || subject.endsWith("-key")) return { kind: "ignored" };
  if (newest.schemaType !== "AVRO") return skipped(`it is ${newest.schemaType}: only Avro makes event types`);
  const bySchema = new Map<GatheredVersion, AvroNode>();
  for (const version of versions) {
    const parsed = parseVersion(version);
    if (typeof parsed !== "string") bySchema.set(version, parsed);
    else if (version === newest) return skipped(parsed);
  }
  const schema = bySchema.get(newest);
  const unfit = schema === undefined ? undefined : unfitBranch(schema);
  if (unfit !== undefined)
    return { ...skipped(`it holds ${unfit}: an event is a record, or one of a union of records`), isSound: true };
  const chain = Math.max(...[...bySchema.values()].map(longestChain));
  if (chain > MAX_CHAIN)
    return skipped(`${chain} of its types stand in each other in a row, more than ${MAX_CHAIN}: make it flatter`);
  return { kind: "records", records: recordsOf(subject, bySchema), schemas: [...bySchema.values()] };
}

function parseVersion(version: GatheredVersion): AvroNode | string {
  if (version.problem !== undefined) return version.problem;
  try {
    return parseWithReferences(version.schema, version.referenced);
  } catch (error) {
    return messageOf(error);
  }
}

function unfitBranch(schema: AvroNode): string | undefined {
  if (schema.type !== "union") return schema.type === "record" ? undefined : `a value of type ${schema.type}`;
  const branches = schema.branches.filter(({ type }) => type !== "null");
  if (branches.length === 0) return "nothing but null";
  const parts = partsOf(schema);
  const other = branches.find((branch) => branch.type !== "record" && !parts.has(branch));
  return other === undefined ? undefined : `a union with ${other.type}`;
}

/** Types that records are made of: files made of IDL list them beside the records. */
function partsOf(schema: AvroNode): ReadonlySet<AvroNode> {
  return new Set([...recordsIn(schema)].flatMap(usesOf));
}

function recordsOf(subject: string, schemas: ReadonlyMap<GatheredVersion, AvroNode>): readonly SubjectRecord[] {
  const byName = new Map<string, SubjectRecord>();
  const history = new FieldNameHistory();
  for (const [{ id, version }, schema] of schemas) {
    history.add(schema, id);
    const records = recordBranches(schema);
    const names = new Set(records.map(({ name }) => name));
    const writerSchema = emitSchema(schema);
    for (const record of records) {
      const oldNames = record.aliases.filter((alias) => !names.has(alias));
      const older = [record.name, ...oldNames].flatMap((name) => byName.get(name) ?? []);
      for (const alias of oldNames) byName.delete(alias);
      const topic = topicOf(subject, record.name);
      const firstId = Math.min(id, ...older.map((known) => known.firstId));
      const fieldNames = history.of(record.name);
      const always = common(requiredFields(record), ...older.map((known) => alwaysNow(known, fieldNames)));
      const parts = { subject, topic, record, schemaId: id, version, firstId, writerSchema, always, fieldNames };
      byName.set(record.name, parts);
    }
  }
  return [...byName.values()];
}

function recordBranches(schema: AvroNode): readonly RecordNode[] {
  const branches = schema.type === "union" ? schema.branches : [schema];
  return branches.filter((branch) => branch.type === "record");
}

/** What all of the sets have. */
export function common(first: ReadonlySet<string>, ...others: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  return new Set([...first].filter((item) => others.every((other) => other.has(item))));
}

/** The fields of an older version, by their names in this one. */
function alwaysNow({ always }: SubjectRecord, fieldNames: FieldNames): ReadonlySet<string> {
  return new Set([...fieldNames].flatMap(([name, names]) => (names.some((old) => always.has(old.name)) ? [name] : [])));
}

function requiredFields({ fields }: RecordNode): ReadonlySet<string> {
  return new Set(fields.filter(({ type }) => !unwrapNullable(type).nullable).map(({ name }) => name));
}

/**
 * The topic by the registry's strategies of naming subjects: `<topic>-value`, or `<topic>-<full name>`. A subject that
 * is the full name itself belongs to no topic in particular.
 */
function topicOf(subject: string, fullName: string): string | undefined {
  for (const suffix of ["-value", `-${fullName}`]) {
    const topic = subject.slice(0, -suffix.length);
    if (subject.endsWith(suffix) && TOPIC.test(topic)) return topic;
  }
  return undefined;
}

const TOPIC = /^[\w.-]{1,249}$/;

function skipped(reason: string): Extract<SubjectContent, { readonly kind: "skipped" }> {
  return { kind: "skipped", reason };
}
