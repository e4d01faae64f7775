import { type RecordFields, aggregateColumns } from "./aggregate-columns.ts";
import type { AggregatePlan } from "./aggregate-plans.ts";
import { emitSchema } from "./avro/emit.ts";
import { type CatalogIndexes, aggregateIndexes } from "./column-indexes.ts";
import type { EventSource } from "./event-sources.ts";
import type { CatalogNames } from "./graphql-names.ts";
import { keptHistoryOf } from "./kept-history.ts";
import { toCamelCase } from "./names.ts";
import { ownOf } from "./own-of.ts";
import type { CatalogProblem } from "./problems.ts";
import type { Aggregate, EventField, EventType, RecordType, SkippedSubject, StateRecord } from "./types.ts";
import { AGGREGATES } from "../model/checkpoint.ts";
import { type TypeBuilder, eventTypeKey } from "./value-types.ts";

/** An aggregate as its event types make it, ownership excepted. */
export interface BuiltAggregate {
  readonly aggregate: Aggregate;
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
}

/** What aggregates are built with. */
export interface BuildContext {
  readonly names: CatalogNames;
  readonly types: TypeBuilder;
  readonly indexes: CatalogIndexes;
  /** Whether a decider's `evolve` makes the documents of a topic's aggregate, in place of the hints. */
  evolves(topic: string, aggregate: string): boolean;
}

/** Builds the aggregate of a plan. */
export function buildAggregate(plan: AggregatePlan, context: BuildContext): BuiltAggregate {
  const { names, indexes } = context;
  const { name, singular, plural } = names.aggregate(plan);
  const evolves = context.evolves(plan.topic, name);
  const { columns, events, state, skipped, problems } = aggregateColumns(plan, context.types, evolves);
  const indexed = aggregateIndexes({
    name,
    topic: plan.topic,
    columns,
    events: state === undefined ? events : [state, ...events],
    configured: ownOf(indexes, name),
  });
  const history = keptHistoryOf(plan.records);
  return {
    aggregate: {
      name,
      ...(plan.name === undefined ? {} : { isHinted: true }),
      singular,
      plural,
      collection: plural,
      projection: AGGREGATES,
      topic: plan.topic,
      doc: state?.record.doc ?? (events.length === 1 ? events[0]?.record.doc : undefined),
      previous: plan.records.some(({ hints }) => hints.previous === true),
      history: history.history,
      ...(state === undefined ? {} : { state: stateRecordOf(state) }),
      columns,
      indexes: indexed.indexes,
      eventTypes: events.map(({ source, record, fields }) => eventTypeOf(source, record, fields, names)),
    },
    skipped,
    problems: [...problems, ...history.problems, ...indexed.problems],
  };
}

function stateRecordOf({ source, record, fields }: RecordFields): StateRecord {
  const given = fields.filter(({ field }) => !field.type.nullable && source.always.has(field.name));
  return { record, guaranteed: new Set(given.flatMap(({ column }) => column ?? [])) };
}

function eventTypeOf(
  source: EventSource,
  record: RecordType,
  fields: readonly EventField[],
  names: CatalogNames,
): EventType {
  const name = names.type(eventTypeKey(source));
  let readerSchema: EventType["readerSchema"] | undefined;
  return {
    fullName: record.fullName,
    name,
    mutation: toCamelCase(name),
    topic: source.topic,
    subject: source.subject,
    schemaId: source.schemaId,
    version: source.version,
    writerSchema: source.writerSchema,
    get readerSchema() {
      // Made for who reads events: it may be long, and there may be many.
      return (readerSchema ??= emitSchema(source.record));
    },
    effect: source.hints.effect ?? "upsert",
    record,
    fields,
  };
}
