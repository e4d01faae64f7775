import { type AggregatePlan, planAggregates } from "./aggregate-plans.ts";
import { emitSchema } from "./avro/emit.ts";
import { buildColumns } from "./columns.ts";
import { commandTypesOf } from "./command-types.ts";
import { eventFieldsOf } from "./event-fields.ts";
import { type EventSource, type SubjectTopics, readEventSources } from "./event-sources.ts";
import { type CatalogNames, nameCatalog } from "./graphql-names.ts";
import type { CatalogHints } from "./hints.ts";
import { toCamelCase } from "./names.ts";
import { type CatalogProblem, catalogInvalid, didYouMean } from "./problems.ts";
import type { GatheredSubject } from "./subjects.ts";
import { eventsTopicOf } from "./topic-kinds.ts";
import type { Aggregate, Catalog, Column, EventField, EventType, RecordType, SkippedSubject } from "./types.ts";
import { type TypeBuilder, createTypeBuilder, eventTypeKey } from "./value-types.ts";

/** What to build a catalog of. */
export interface CatalogOptions {
  /** Hints that win over those in the schemas. */
  readonly hints?: CatalogHints;
  /** Only the aggregates of these topics; default: all. */
  readonly topics?: readonly string[];
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
  const names = nameCatalog(plans.plans, wantedCommands);
  const types = createTypeBuilder(({ key }) => names.type(key));
  const built = plans.plans.map((plan) => buildAggregate(plan, names, types));
  const aggregates = built.map(({ aggregate }) => aggregate).filter(({ eventTypes }) => eventTypes.length > 0);
  const wrong = [
    ...problems,
    ...plans.problems,
    ...names.problems,
    ...built.flatMap((each) => each.problems),
    ...unknownReferences(plans.plans, aggregates),
  ].filter(({ topic }) => isWanted(topic));
  const catalog: Catalog = {
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

function buildAggregate(plan: AggregatePlan, names: CatalogNames, types: TypeBuilder): BuiltAggregate {
  const skipped: SkippedSubject[] = [];
  const problems: CatalogProblem[] = [];
  const events = plan.sources.flatMap((source) => {
    const record = types.eventRecord(source);
    const read = eventFieldsOf(source, record);
    const [problem] = read.problems;
    if (problem !== undefined && !source.hinted) {
      skipped.push({ subject: source.subject, reason: `${problem.problem}. ${problem.remedy}` });
      return [];
    }
    problems.push(...read.problems);
    return [{ source, record, fields: read.fields }];
  });
  const columns = buildColumns(events);
  for (const [{ subject }, reason] of columns.contradicting) skipped.push({ subject, reason });
  const kept = events.filter(({ source }) => !columns.contradicting.has(source));
  const { name, singular, plural } = names.aggregate(plan);
  return {
    aggregate: {
      name,
      singular,
      plural,
      collection: plural,
      topic: plan.topic,
      doc: kept.length === 1 ? kept[0]?.record.doc : undefined,
      previous: plan.sources.some(({ hints }) => hints.previous === true),
      columns: columns.columns,
      eventTypes: kept.map(({ source, record, fields }) =>
        eventTypeOf(source, record, hiddenAlike(fields, columns.columns), names),
      ),
    },
    skipped,
    problems: [...problems, ...columns.problems],
  };
}

/** A column that one field hides is hidden wherever it comes from. */
function hiddenAlike(fields: readonly EventField[], columns: readonly Column[]): readonly EventField[] {
  const hidden = new Set(columns.filter((column) => column.hidden).map(({ name }) => name));
  return fields.map((field) => ({ ...field, hidden: field.hidden || hidden.has(field.column ?? "") }));
}

function eventTypeOf(
  source: EventSource,
  record: RecordType,
  fields: readonly EventField[],
  names: CatalogNames,
): EventType {
  const name = names.type(eventTypeKey(source));
  return {
    fullName: record.fullName,
    name,
    mutation: toCamelCase(name),
    topic: source.topic,
    subject: source.subject,
    schemaId: source.schemaId,
    version: source.version,
    writerSchema: source.writerSchema,
    readerSchema: emitSchema(source.record),
    effect: source.hints.effect ?? "upsert",
    record,
    fields,
  };
}

function unknownReferences(
  plans: readonly AggregatePlan[],
  aggregates: readonly Aggregate[],
): readonly CatalogProblem[] {
  const known = aggregates.map(({ name }) => name);
  return plans
    .flatMap((plan) => plan.sources)
    .flatMap(({ subject, topic, fieldHints }) =>
      [...fieldHints].flatMap(([field, { references }]): CatalogProblem[] => {
        if (references === undefined || known.includes(references)) return [];
        const problem = `it references ${references}, which is no aggregate`;
        return [{ subject, topic, field, problem, remedy: didYouMean(references, known) }];
      }),
    );
}
