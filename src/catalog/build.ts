import { type AggregatePlan, planAggregates } from "./aggregate-plans.ts";
import { emitSchema } from "./avro/emit.ts";
import { columnNames } from "./column-names.ts";
import { type CatalogIndexes, aggregateIndexes, unknownAggregates } from "./column-indexes.ts";
import { buildColumns } from "./columns.ts";
import { commandTypesOf } from "./command-types.ts";
import { eventFieldsOf } from "./event-fields.ts";
import { type EventSource, type SubjectTopics, readEventSources } from "./event-sources.ts";
import { type CatalogNames, nameCatalog } from "./graphql-names.ts";
import type { CatalogHints } from "./hints.ts";
import { widerType } from "./merge-types.ts";
import { keptHistoryOf } from "./kept-history.ts";
import type { NameLock } from "./name-lock.ts";
import { toCamelCase } from "./names.ts";
import { ownOf } from "./own-of.ts";
import { type CatalogProblem, catalogInvalid, leftOutBecause } from "./problems.ts";
import { unknownReferences } from "./reference-hints.ts";
import type { GatheredSubject } from "./subjects.ts";
import { eventsTopicOf } from "./topic-kinds.ts";
import type { Aggregate, Catalog, Column, EventField, EventType, RecordType, SkippedSubject } from "./types.ts";
import { type TypeBuilder, createTypeBuilder, eventTypeKey } from "./value-types.ts";

/** What to build a catalog of. */
export interface CatalogOptions {
  /** Hints that win over those in the schemas. */
  readonly hints?: CatalogHints;
  /** Indexes besides those that hints ask for. */
  readonly indexes?: CatalogIndexes;
  /** Only the aggregates of these topics; default: all. */
  readonly topics?: readonly string[];
  /** Names in GraphQL that are kept. */
  readonly lock?: NameLock;
}

/** What subjects make, mistakes included. */
export interface Assembly {
  /** To be used only where there are no problems. */
  readonly catalog: Catalog;
  readonly problems: readonly CatalogProblem[];
  readonly topicsOf: SubjectTopics;
}

/**
 * Builds the catalog of subjects.
 * @throws EventQLError `CATALOG_INVALID` naming every wrong hint.
 */
export function buildCatalog(subjects: readonly GatheredSubject[], options: CatalogOptions = {}): Catalog {
  const { catalog, problems } = assembleCatalog(subjects, options);
  if (problems.length > 0) throw catalogInvalid(problems);
  return catalog;
}

/** Builds the catalog of subjects, and names every wrong hint. */
export function assembleCatalog(subjects: readonly GatheredSubject[], options: CatalogOptions): Assembly {
  const { sources, commands, skipped, problems, topicsOf } = readEventSources(subjects, options.hints ?? {});
  const isWanted = (topic: string | undefined): boolean =>
    options.topics === undefined || (topic !== undefined && options.topics.includes(eventsTopicOf(topic)));
  const wantedCommands = commands.filter(({ topic }) => isWanted(topic));
  // Before names are given: what is not served must not change them.
  const plans = planAggregates(sources.filter(({ topic }) => isWanted(topic)));
  const names = nameCatalog(plans.plans, wantedCommands, options.lock);
  const types = createTypeBuilder(({ key }) => names.type(key));
  const built = plans.plans.map((plan) => buildAggregate(plan, names, types, options.indexes ?? {}));
  const aggregates = built.map(({ aggregate }) => aggregate).filter(({ eventTypes }) => eventTypes.length > 0);
  const wrong = [
    ...problems,
    ...plans.problems,
    ...names.problems,
    ...built.flatMap((each) => each.problems),
    ...unknownReferences(plans.plans, namesOf(aggregates), () => unservedNames(sources, commands, isWanted)),
    ...unknownAggregates(options.indexes ?? {}, namesOf(aggregates)),
  ].filter(({ topic }) => isWanted(topic));
  const catalog: Catalog = {
    ...(options.lock === undefined ? {} : { lock: options.lock }),
    aggregates: aggregates.filter(({ topic }) => isWanted(topic)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    commands: commandTypesOf(wantedCommands, names, types),
    skipped: [...skipped, ...plans.skipped, ...built.flatMap((each) => each.skipped)].toSorted((a, b) =>
      a.subject < b.subject ? -1 : 1,
    ),
    generation: Math.max(0, ...subjects.flatMap(({ versions }) => versions.map(({ id }) => id))),
  };
  return { catalog, problems: wrong, topicsOf };
}

interface BuiltAggregate {
  readonly aggregate: Aggregate;
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
}

function buildAggregate(
  plan: AggregatePlan,
  names: CatalogNames,
  types: TypeBuilder,
  indexes: CatalogIndexes,
): BuiltAggregate {
  const skipped: SkippedSubject[] = [];
  const problems: CatalogProblem[] = [];
  const called = columnNames(plan.sources);
  const events = plan.sources.flatMap((source) => {
    const record = types.eventRecord(source);
    const read = eventFieldsOf(source, record, called);
    if (read.problems.length > 0 && !source.hinted) {
      skipped.push({ subject: source.subject, reason: leftOutBecause(source.record.name, read.problems) });
      return [];
    }
    problems.push(...read.problems);
    return [{ source, record, fields: read.fields }];
  });
  const columns = buildColumns(events, called);
  for (const [{ subject }, reason] of columns.contradicting) skipped.push({ subject, reason });
  const kept = events.filter(({ source }) => !columns.contradicting.has(source));
  const { name, singular, plural } = names.aggregate(plan);
  const byName = new Map(columns.columns.map((column) => [column.name, column]));
  const indexed = aggregateIndexes({
    name,
    topic: plan.topic,
    columns: columns.columns,
    events: kept,
    configured: ownOf(indexes, name),
  });
  const history = keptHistoryOf(plan.sources);
  return {
    aggregate: {
      name,
      ...(plan.name === undefined ? {} : { isHinted: true }),
      singular,
      plural,
      collection: plural,
      topic: plan.topic,
      doc: kept.length === 1 ? kept[0]?.record.doc : undefined,
      previous: plan.sources.some(({ hints }) => hints.previous === true),
      history: history.history,
      columns: columns.columns,
      indexes: indexed.indexes,
      eventTypes: kept.map(({ source, record, fields }) =>
        eventTypeOf(source, record, asTheirColumns(fields, byName), names),
      ),
    },
    skipped,
    problems: [...problems, ...columns.problems, ...history.problems, ...indexed.problems],
  };
}

/** A column that one field hides is hidden wherever it comes from; one that a field widens is wider for all. */
function asTheirColumns(fields: readonly EventField[], columns: ReadonlyMap<string, Column>): readonly EventField[] {
  return fields.map((field) => {
    const column = columns.get(field.column ?? "");
    return column === undefined
      ? field
      : { ...field, ...widerType(field, column), hidden: field.hidden || column.hidden };
  });
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

function namesOf(aggregates: readonly Aggregate[]): readonly string[] {
  return aggregates.map(({ name }) => name);
}

/** What aggregates would be called that aren't served. */
function unservedNames(
  sources: readonly EventSource[],
  commands: readonly EventSource[],
  isWanted: (topic: string) => boolean,
): readonly string[] {
  const { plans } = planAggregates(sources);
  const names = nameCatalog(plans, commands);
  return plans.filter(({ topic }) => !isWanted(topic)).map((plan) => names.aggregate(plan).name);
}
