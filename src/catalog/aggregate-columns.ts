import type { AggregatePlan } from "./aggregate-plans.ts";
import { type ColumnNames, columnNames } from "./column-names.ts";
import { type Columns, type SourceFields, buildColumns } from "./columns.ts";
import { eventFieldsOf } from "./event-fields.ts";
import type { EventSource } from "./event-sources.ts";
import { mergeRefs, widerType } from "./merge-types.ts";
import { type CatalogProblem, leftOutBecause } from "./problems.ts";
import type { Column, EventField, RecordType, SkippedSubject } from "./types.ts";
import type { TypeBuilder } from "./value-types.ts";

/** A record with its fields. */
export interface RecordFields extends SourceFields {
  readonly record: RecordType;
}

/** The columns of an aggregate, and what its event types do to them. */
export interface AggregateColumns {
  readonly columns: readonly Column[];
  /** Those that fit. */
  readonly events: readonly RecordFields[];
  readonly state: RecordFields | undefined;
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
}

/**
 * Joins the fields of a plan's records to columns: those of its state, else of all its event types. `evolves`: a decider
 * says what the event types do to them, not the fields.
 */
export function aggregateColumns(plan: AggregatePlan, types: TypeBuilder, evolves: boolean): AggregateColumns {
  const called = columnNames(plan.records);
  const skipped: SkippedSubject[] = [];
  const problems: CatalogProblem[] = [];
  const read = (source: EventSource): RecordFields[] => {
    const record = types.eventRecord(source);
    const found = eventFieldsOf(source, record, called);
    if (found.problems.length > 0 && !source.hinted) {
      skipped.push({ subject: source.subject, reason: leftOutBecause(source.record.name, found.problems) });
      return [];
    }
    problems.push(...found.problems);
    return [{ source, record, fields: found.fields }];
  };
  const events = plan.sources.flatMap(read);
  const [state] = plan.state === undefined ? [] : read(plan.state);
  const joined = state === undefined ? buildColumns(events, called) : stateColumns(state, events, called, evolves);
  for (const [{ subject }, reason] of joined.contradicting) skipped.push({ subject, reason });
  const kept = events.filter(({ source }) => !joined.contradicting.has(source));
  const byName = new Map(joined.columns.map((column) => [column.name, column]));
  return {
    columns: joined.columns,
    events: kept.map((event) => ({ ...event, fields: asTheirColumns(event.fields, byName, evolves) })),
    state,
    skipped,
    problems: [...problems, ...joined.problems],
  };
}

/** Fields of event types that a state has no column for go nowhere. */
function stateColumns(
  state: RecordFields,
  events: readonly RecordFields[],
  called: ColumnNames,
  evolves: boolean,
): Columns {
  if (evolves) {
    const joined = buildColumns([state], called);
    const hidden = new Set(events.flatMap(({ fields }) => fields.filter((field) => field.hidden)).map(columnOf));
    const columns = joined.columns.map((column) => ({ ...column, hidden: column.hidden || hidden.has(column.name) }));
    return { ...joined, columns };
  }
  const names = new Set(state.fields.map(columnOf));
  // It has the columns, and makes no document.
  const source: EventSource = { ...state.source, hints: { ...state.source.hints, effect: "update" } };
  const writing = events.map((event) => ({
    ...event,
    fields: event.fields.filter((field) => names.has(columnOf(field))),
  }));
  return buildColumns([{ ...state, source }, ...writing], called);
}

function columnOf({ column }: EventField): string | undefined {
  return column;
}

/**
 * A column that one field hides is hidden wherever it comes from; one that a field widens is wider for all. Of what a
 * decider evolves, columns need not be as the fields of their names.
 */
function asTheirColumns(
  fields: readonly EventField[],
  columns: ReadonlyMap<string, Column>,
  evolves: boolean,
): readonly EventField[] {
  return fields.map((field) => {
    const column = columns.get(field.column ?? "");
    if (column === undefined) return { ...field, column: undefined };
    const hidden = field.hidden || column.hidden;
    const isOther = evolves && mergeRefs(column.type, field.field.type) === undefined;
    return isOther ? { ...field, hidden, column: undefined } : { ...field, ...widerType(field, column), hidden };
  });
}
