import { messageOf } from "../../errors.ts";
import type { AvroType, Projection } from "../../model/projection.ts";
import type { NamedNode } from "../avro/children.ts";
import { usesOf } from "../avro/children.ts";
import { definitionKey } from "../avro/definition-key.ts";
import { type AvroNode, type FieldNode, type RecordNode, unwrapNullable } from "../avro/node.ts";
import { type NamedTypes, parseSchema } from "../avro/parse.ts";
import type { EventSource } from "../event-sources.ts";
import { type FieldHints, RESERVED_COLUMNS, readFieldHints } from "../hints.ts";
import { type CatalogProblem, didYouMean } from "../problems.ts";
import { type ProblemAt, placeOf, problemAt } from "./projection-place.ts";

/** The record of a projection's columns. */
export interface ProjectedSource {
  readonly source: EventSource;
  readonly problems: readonly CatalogProblem[];
}

/**
 * Makes the record that has a projection's columns, as if a schema had it. Named types of the events that it folds may be
 * used by their full names.
 */
export function projectedSource(
  projection: Projection,
  topic: string,
  events: readonly EventSource[],
): ProjectedSource {
  const { name, doc, columns, hidden } = projection;
  const at = problemAt(projection);
  const known = sharedTypes(events);
  const own: NamedTypes = new Map();
  const problems: CatalogProblem[] = [];
  const fields: FieldNode[] = [];
  const fieldHints = new Map<string, FieldHints>();
  for (const [column, type] of Object.entries(columns)) {
    const node = columnNode(column, type, own, known);
    const hints = columnHints(type);
    const named = nameProblems(column, at);
    problems.push(...named, ...hints.problems.map((each) => at(`columns.${column}`, each)));
    if (typeof node === "string") problems.push(at(`columns.${column}`, { problem: node, remedy: AVRO }));
    if (named.length > 0 || typeof node === "string") continue;
    fields.push({ name: column, aliases: [], doc: docOf(type), type: node, default: undefined, hints: undefined });
    fieldHints.set(column, { ...hints.hints, ...(hidden.includes(column) ? { hidden: true } : {}) });
  }
  problems.push(...unknownHidden(projection, at));
  const record: RecordNode = { type: "record", name: `eventql.${name}`, aliases: [], doc, fields, hints: undefined };
  return { source: sourceOf(projection, topic, record, fieldHints), problems };
}

const AVRO =
  'Give it an Avro type: "string", "long", ["null", "double"], { type: "array", items: "string" }, or the full name of a ' +
  "type that the events have";

function sourceOf(
  projection: Projection,
  topic: string,
  record: RecordNode,
  fieldHints: EventSource["fieldHints"],
): EventSource {
  const required = record.fields.filter(({ type }) => !unwrapNullable(type).nullable);
  const ids = { schemaId: 0, version: 0, firstId: 0 };
  return {
    ...ids,
    subject: placeOf(projection),
    topic,
    record,
    writerSchema: [],
    always: new Set(required.map(({ name }) => name)),
    fieldNames: new Map(),
    hints: { state: true },
    fieldHints,
    hinted: true,
  };
}

/** What the type alone says wins: names of the events' types are there for what it doesn't define. */
function columnNode(column: string, type: AvroType, own: NamedTypes, known: NamedTypes): AvroNode | string {
  const alone = attempt(column, type, own);
  const found = typeof alone === "string" ? attempt(column, type, new Map([...known, ...own])) : alone;
  if (typeof found === "string") return typeof alone === "string" ? alone : found;
  for (const [name, node] of found.named) own.set(name, node);
  return found.node;
}

/** A failure leaves nothing defined. */
function attempt(
  column: string,
  type: AvroType,
  given: NamedTypes,
): { readonly node: AvroNode; readonly named: NamedTypes } | string {
  const named: NamedTypes = new Map(given);
  try {
    const node = parseSchema(type, named);
    return node.type === "null" ? `column ${column} has the type null, which holds nothing` : { node, named };
  } catch (error) {
    const why = messageOf(error).replace(/^The schema is not valid Avro: /, "");
    return `column ${column} has no Avro type: ${why}`.replace(/\.$/, "");
  }
}

/** The named types of the events, but for those that two of them define differently. */
function sharedTypes(events: readonly EventSource[]): NamedTypes {
  const byName = Map.groupBy(namedIn(events.map(({ record }) => record)), ({ name }) => name);
  const same = [...byName].flatMap(([name, [first, ...others]]): readonly (readonly [string, AvroNode])[] => {
    if (first === undefined) return [];
    const key = definitionKey(first);
    return others.every((other) => definitionKey(other) === key) ? [[name, first]] : [];
  });
  return new Map(same);
}

function namedIn(records: readonly RecordNode[]): readonly NamedNode[] {
  const found = new Set<NamedNode>(records);
  for (const node of found) for (const used of usesOf(node)) found.add(used);
  return [...found];
}

const NONE: { readonly hints: FieldHints; readonly problems: readonly [] } = { hints: {}, problems: [] };

/** Of the hints of fields those that a column may have: events don't set it, rules do. */
function columnHints(type: AvroType): ReturnType<typeof readFieldHints> {
  const asked = attributeOf(type, "eventql");
  if (asked === undefined) return NONE;
  const { hints, problems } = readFieldHints(asked);
  const { hidden, references, index, ...others } = hints;
  const wrong = Object.entries(others).flatMap(([hint, value]) =>
    value === undefined
      ? []
      : [{ problem: `a column has no hint ${hint}`, remedy: "It has references, hidden and index" }],
  );
  return { hints: { hidden, references, index }, problems: [...problems, ...wrong] };
}

function docOf(type: AvroType): string | undefined {
  const doc = attributeOf(type, "doc");
  return typeof doc === "string" ? doc : undefined;
}

function attributeOf(type: AvroType, attribute: string): unknown {
  if (typeof type === "string" || isUnion(type)) return undefined;
  return type[attribute];
}

function isUnion(type: Exclude<AvroType, string>): type is readonly AvroType[] {
  return Array.isArray(type);
}

function nameProblems(column: string, at: ProblemAt): readonly CatalogProblem[] {
  const place = `columns.${column}`;
  if (RESERVED_COLUMNS.has(column))
    return [at(place, { problem: `every document has ${column} for itself`, remedy: "Choose another name" })];
  if (/^(?!__)[A-Za-z_]\w*$/.test(column)) return [];
  const remedy = "Use letters, digits and _, not first a digit or __";
  return [at(place, { problem: `${JSON.stringify(column)} can't be the name of a column`, remedy })];
}

function unknownHidden({ columns, hidden }: Projection, at: ProblemAt): readonly CatalogProblem[] {
  const known = Object.keys(columns);
  return hidden
    .filter((column) => !known.includes(column))
    .map((column) => at("hidden", { problem: `there is no column ${column}`, remedy: didYouMean(column, known) }));
}
