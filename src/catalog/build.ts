import { planAggregates } from "./aggregate-plans.ts";
import type { Decider } from "../model/decider.ts";
import { buildAggregate } from "./build-aggregate.ts";
import { type CatalogIndexes, unknownAggregates } from "./column-indexes.ts";
import { commandTypesOf } from "./command-types.ts";
import { type EventSource, type SubjectTopics, readEventSources } from "./event-sources.ts";
import { nameCatalog } from "./graphql-names.ts";
import type { CatalogHints } from "./hints.ts";
import type { NameLock } from "./name-lock.ts";
import { deciderOf, ownAggregates } from "./ownership.ts";
import { type CatalogProblem, catalogInvalid } from "./problems.ts";
import { unknownReferences } from "./reference-hints.ts";
import type { GatheredSubject } from "./subjects.ts";
import { eventsTopicOf } from "./topic-kinds.ts";
import type { Aggregate, Catalog } from "./types.ts";
import { createTypeBuilder } from "./value-types.ts";

/** What to build a catalog of. */
export interface CatalogOptions {
  /** Hints that win over those in the schemas. */
  readonly hints?: CatalogHints;
  /** Indexes besides those that hints ask for. */
  readonly indexes?: CatalogIndexes;
  /** The rules of aggregates, whose topics they make owned. */
  readonly deciders?: readonly Decider[];
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
  const indexes = options.indexes ?? {};
  const deciders = (options.deciders ?? []).filter(({ topic }) => isWanted(topic));
  const evolves = (topic: string, name: string): boolean => deciderOf(deciders, topic, name)?.evolve !== undefined;
  const built = plans.plans.map((plan) => buildAggregate(plan, { names, types, indexes, evolves }));
  const whole = built.map(({ aggregate }) => aggregate).filter(({ eventTypes }) => eventTypes.length > 0);
  const commandTypes = commandTypesOf(wantedCommands, names, types);
  const owned = ownAggregates(whole, { plans: plans.plans, commands: commandTypes, deciders });
  const wrong = [
    ...problems,
    ...plans.problems,
    ...names.problems,
    ...built.flatMap((each) => each.problems),
    ...owned.problems,
    ...unknownReferences(plans.plans, namesOf(whole), () => unservedNames(sources, commands, isWanted)),
    ...unknownAggregates(indexes, namesOf(whole)),
  ].filter(({ topic }) => isWanted(topic));
  const skippedSubjects = [...skipped, ...plans.skipped, ...built.flatMap((each) => each.skipped), ...owned.skipped];
  const catalog: Catalog = {
    ...(options.lock === undefined ? {} : { lock: options.lock }),
    aggregates: owned.aggregates.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    commands: commandTypes,
    skipped: skippedSubjects.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    generation: Math.max(0, ...subjects.flatMap(({ versions }) => versions.map(({ id }) => id))),
  };
  return { catalog, problems: wrong, topicsOf };
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
