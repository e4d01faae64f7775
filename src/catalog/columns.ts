import type { ColumnNames } from "./column-names.ts";
import type { EventSource } from "./event-sources.ts";
import { mergeRefs, typeText } from "./merge-types.ts";
import { legalName, legalNames } from "./names.ts";
import { type CatalogProblem, leftOutBecause } from "./problems.ts";
import type { Column, EventField, TypeRef, ValueType } from "./types.ts";

/** An event type with its fields. */
export interface SourceFields {
  readonly source: EventSource;
  readonly fields: readonly EventField[];
}

/** A field that goes to a column. */
interface Writing {
  readonly event: SourceFields;
  readonly field: EventField;
}

/** A column as the fields of several event types make it. */
interface Draft {
  type: TypeRef;
  references: string | undefined;
  readonly writings: Writing[];
}

/** The columns of an aggregate. */
export interface Columns {
  readonly columns: readonly Column[];
  /** Event types that contradict earlier ones, and have no hints: they are left out. */
  readonly contradicting: ReadonlyMap<EventSource, string>;
  readonly problems: readonly CatalogProblem[];
}

/** Joins the fields of an aggregate's event types to columns. */
export function buildColumns(events: readonly SourceFields[], called: ColumnNames): Columns {
  const drafts = new Map<string, Draft>();
  const contradicting = new Map<EventSource, string>();
  const problems: CatalogProblem[] = [];
  for (const event of events) {
    const writings = event.fields.map((field): Writing => ({ event, field }));
    const conflicts = writings.flatMap((writing) => conflictOf(writing, drafts));
    const [first] = conflicts;
    if (first === undefined) for (const writing of writings) write(writing, drafts);
    else if (conflicts.some(({ hinted }) => hinted)) problems.push(...conflicts.map(({ problem }) => problem));
    else
      contradicting.set(
        event.source,
        leftOutBecause(
          event.source.record.name,
          conflicts.map(({ problem }) => problem),
        ),
      );
  }
  const kept = events.filter(({ source }) => !contradicting.has(source));
  const names = legalNames([...drafts.keys()].map((name) => called.newest(name)));
  const columns = [...drafts].map(([name, draft]) => {
    const newest = called.newest(name);
    const aliases = called.older(name).map(legalName);
    return columnOf(name, { graphqlName: names.get(newest) ?? newest, aliases }, draft, kept);
  });
  return { columns, contradicting, problems };
}

interface Conflict {
  readonly hinted: boolean;
  readonly problem: CatalogProblem;
}

function conflictOf({ event, field }: Writing, drafts: ReadonlyMap<string, Draft>): readonly Conflict[] {
  const draft = drafts.get(field.column ?? "");
  const other = draft?.writings[0];
  if (draft === undefined || other === undefined) return [];
  const { source } = event;
  const place = `${other.event.source.subject} (${other.field.field.name})`;
  const problems: (readonly [string, string])[] = [];
  if (mergeRefs(draft.type, columnType(field)) === undefined) {
    const types = `${typeText(columnType(field))} here and ${typeText(draft.type)} in ${place}`;
    problems.push([`column ${field.column ?? ""} has two types, ${types}`, OTHER_COLUMN]);
  }
  const references = referencesOf({ event, field });
  if (references !== undefined && draft.references !== undefined && references !== draft.references) {
    const targets = `${references} here and ${draft.references} in ${place}`;
    problems.push([`column ${field.column ?? ""} references two aggregates, ${targets}`, OTHER_COLUMN]);
  }
  return problems.map(([problem, remedy]) => ({
    hinted: source.hinted || draft.writings.some((writing) => writing.event.source.hinted),
    problem: { subject: source.subject, topic: source.topic, field: field.field.name, problem, remedy },
  }));
}

const OTHER_COLUMN = 'Give the field a column of its own by the hint "column"';

function write(writing: Writing, drafts: Map<string, Draft>): void {
  const { column } = writing.field;
  if (column === undefined) return;
  const type = columnType(writing.field);
  const draft = drafts.get(column) ?? { type, references: undefined, writings: [] };
  draft.type = mergeRefs(draft.type, type) ?? type;
  draft.references ??= referencesOf(writing);
  draft.writings.push(writing);
  drafts.set(column, draft);
}

function referencesOf({ event, field }: Writing): string | undefined {
  return event.source.fieldHints.get(field.field.name)?.references;
}

/** The type of the column that a field's effect makes. */
function columnType({ field, effect }: EventField): TypeRef {
  const { type } = field.type;
  switch (effect) {
    case "append":
    case "remove":
      return type.kind === "array" ? field.type : { ...field.type, type: listOf(type) };
    case "add":
    case "multiply":
      return { ...field.type, type: accumulated(type) };
    default:
      return field.type;
  }
}

function listOf(type: ValueType): ValueType {
  return { kind: "array", items: { type, nullable: false } };
}

/** Sums outgrow what they are made of. */
function accumulated(type: ValueType): ValueType {
  if (type.kind === "int") return { kind: "long" };
  return type.kind === "float" ? { kind: "double" } : type;
}

function columnOf(
  name: string,
  names: Pick<Column, "graphqlName" | "aliases">,
  draft: Draft,
  events: readonly SourceFields[],
): Column {
  return {
    name,
    ...names,
    type: { type: draft.type.type, nullable: !isGuaranteed(draft, events) },
    doc: draft.writings.find(({ field }) => field.field.doc !== undefined)?.field.field.doc,
    hidden: draft.writings.some(({ field }) => field.hidden),
    references: draft.references,
    deprecated: undefined,
  };
}

/** Whether each event type that can make the document gives the column a value, and none takes it away again. */
function isGuaranteed({ writings }: Draft, events: readonly SourceFields[]): boolean {
  const creators = events.filter(({ source }) => ["upsert", "create"].includes(source.hints.effect ?? "upsert"));
  const given = creators.every(({ source }) =>
    writings.some(({ event, field }) => event.source === source && source.always.has(field.field.name)),
  );
  const taken = writings.some(({ field }) => field.effect === "set" && field.field.type.nullable);
  return creators.length > 0 && given && !taken;
}
