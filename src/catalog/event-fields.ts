import type { ColumnNames } from "./column-names.ts";
import type { EventSource } from "./event-sources.ts";
import type { FieldHints } from "./hints.ts";
import { typeText } from "./merge-types.ts";
import type { CatalogProblem } from "./problems.ts";
import { referenceProblems } from "./reference-hints.ts";
import type { EventEffect, EventField, FieldEffect, RecordField, RecordType, ValueType } from "./types.ts";

/** Kinds that can be added and multiplied. */
const NUMERIC: ReadonlySet<ValueType["kind"]> = new Set<ValueType["kind"]>([
  "int",
  "long",
  "float",
  "double",
  "decimal",
]);

/** Kinds that can be compared. */
const COMPARABLE: ReadonlySet<ValueType["kind"]> = new Set<ValueType["kind"]>([
  ...NUMERIC,
  "string",
  "date",
  "time-millis",
  "time-micros",
  "timestamp-millis",
  "timestamp-micros",
  "local-timestamp-millis",
  "local-timestamp-micros",
]);

/** Kinds that a key, which is text, can be repeated in. */
const KEYS: ReadonlySet<ValueType["kind"]> = new Set<ValueType["kind"]>(["string", "uuid", "int", "long", "enum"]);

/** The fields of an event type with their columns, and what is wrong with their hints. */
export interface EventFields {
  readonly fields: readonly EventField[];
  readonly problems: readonly CatalogProblem[];
}

/** Applies the hints and conventions to the fields of an event type. */
export function eventFieldsOf(source: EventSource, record: RecordType, names: ColumnNames): EventFields {
  const effect = source.hints.effect ?? "upsert";
  const fields = record.fields.map((field) =>
    eventField(field, source.fieldHints.get(field.name) ?? {}, effect, names.stored(source, field.name)),
  );
  const hintsOf = (field: EventField): FieldHints => source.fieldHints.get(field.field.name) ?? {};
  const at = (field: EventField, problem: string, remedy: string): CatalogProblem => ({
    subject: source.subject,
    topic: source.topic,
    field: field.field.name,
    problem,
    remedy,
  });
  const keys = fields.filter((field) => hintsOf(field).key === true);
  return {
    fields,
    problems: [
      ...fields.flatMap((field) => effectProblems(field, at)),
      ...keys.flatMap((field) => keyProblems(field, keys[0], at)),
      ...fields
        .filter((field) => hintsOf(field).references !== undefined)
        .flatMap((field) => referenceProblems(field, (problem, remedy) => at(field, problem, remedy))),
      ...repeatedColumns(fields, at),
    ],
  };
}

type At = (field: EventField, problem: string, remedy: string) => CatalogProblem;

function eventField(field: RecordField, hints: FieldHints, effect: EventEffect, column: string): EventField {
  const goesNowhere = hints.key === true || effect === "delete" || effect === "ignore";
  return {
    field,
    column: goesNowhere ? undefined : column,
    effect: hints.effect ?? "set",
    key: hints.key ?? false,
    hidden: hints.hidden ?? false,
  };
}

function effectProblems(field: EventField, at: At): readonly CatalogProblem[] {
  const allowed = KINDS[field.effect];
  if (allowed === undefined || allowed.has(field.field.type.type.kind)) return [];
  const problem = `the effect ${field.effect} can't be applied to ${typeText(field.field.type)}`;
  return [at(field, problem, `It takes ${[...allowed].join(", ")}`)];
}

const KINDS: Partial<Record<FieldEffect, ReadonlySet<ValueType["kind"]>>> = {
  add: NUMERIC,
  multiply: NUMERIC,
  min: COMPARABLE,
  max: COMPARABLE,
};

function keyProblems(field: EventField, first: EventField | undefined, at: At): readonly CatalogProblem[] {
  const { type, name } = field.field;
  const problems: CatalogProblem[] = [];
  if (field !== first)
    problems.push(at(field, `both ${first?.field.name ?? ""} and ${name} are the key`, "Mark one of them"));
  if (!KEYS.has(type.type.kind) || type.nullable) {
    const kind = type.nullable ? `${typeText(type)} or null` : typeText(type);
    problems.push(at(field, `the key can't be ${kind}`, `It is one of ${[...KEYS].join(", ")}`));
  }
  return problems;
}

function repeatedColumns(fields: readonly EventField[], at: At): readonly CatalogProblem[] {
  const owners = new Map<string, EventField>();
  return fields.flatMap((field) => {
    const { column } = field;
    if (column === undefined) return [];
    const owner = owners.get(column);
    owners.set(column, owner ?? field);
    if (owner === undefined) return [];
    const problem = `column ${column} is named twice, here and by ${owner.field.name}`;
    return [at(field, problem, 'Give one of them another column by the hint "column"')];
  });
}
