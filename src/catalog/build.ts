import { planAggregates } from "./aggregate-plans.ts";
import type { Decider } from "../model/decider.ts";
import type { Projection } from "../model/projection.ts";
import { buildAggregate } from "./build-aggregate.ts";
import { type CatalogIndexes, unknownAggregates } from "./column-indexes.ts";
import { commandTypesOf } from "./command-types.ts";
import { type EventSource, type SubjectTopics, readEventSources } from "./event-sources.ts";
import { nameCatalog } from "./graphql-names.ts";
import type { CatalogHints } from "./hints.ts";
import type { NameLock } from "./name-lock.ts";
import { deciderOf, ownAggregates } from "./ownership.ts";
import { type CatalogProblem, catalogInvalid } from "./problems.ts";
import { type CheckState, type ProjectedContext, buildProjected } from "./projections/build-projected.ts";
import { planProjections } from "./projections/plan-projections.ts";
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
  /** Projections in code. Those that are from a topic which isn't served are left out. */
  readonly projections?: readonly Projection[];
  /** What tells apart deployments that share a log: each has intermediate topics of its own. */
  readonly group?: string;
  /** The names of streams, which no projection may have too. */
  readonly streams?: readonly string[];
  /** What of a projection's initial state doesn't fit its columns. Default: it isn't looked at. */
  readonly checkState?: CheckState;
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
  const wantedSources = sources.filter(({ topic }) => isWanted(topic));
  const plans = planAggregates(wantedSources);
  const projections = (options.projections ?? []).filter(({ from }) => from.every(isWanted));
  const inCode = planProjections(projections, { events: wantedSources, taken: options.streams ?? [] });
  const names = nameCatalog([...plans.plans, ...inCode.plans], wantedCommands, options.lock);
  const types = createTypeBuilder(({ key }) => names.type(key));
  const indexes = options.indexes ?? {};
  const deciders = (options.deciders ?? []).filter(({ topic }) => isWanted(topic));
  const evolves = (topic: string, name: string): boolean => deciderOf(deciders, topic, name)?.evolve !== undefined;
  const context = { names, types, indexes, evolves };
  const built = plans.plans.map((plan) => buildAggregate(plan, context));
  const whole = built.map(({ aggregate }) => aggregate).filter(({ eventTypes }) => eventTypes.length > 0);
  const commandTypes = commandTypesOf(wantedCommands, names, types);
  const owned = ownAggregates(whole, { plans: plans.plans, commands: commandTypes, deciders });
  const projected = buildProjected(inCode.plans, {
    ...context,
    aggregates: owned.aggregates,
    ...inCodeOptions(options),
  });
  const served = namesOf([...whole, ...projected.aggregates]);
  const others = (): readonly string[] => unservedNames(sources, commands, isWanted);
  const wrong = [
    ...problems,
    ...plans.problems,
    ...names.problems,
    ...built.flatMap((each) => each.problems),
    ...owned.problems,
    ...unknownReferences(plans.plans, served, others),
    ...unknownAggregates(indexes, served),
  ].filter(({ topic }) => isWanted(topic));
  wrong.push(...inCode.problems, ...projected.problems, ...unknownReferences(inCode.plans, served, others));
  const skippedSubjects = [...skipped, ...plans.skipped, ...built.flatMap((each) => each.skipped), ...owned.skipped];
  const catalog: Catalog = {
    ...(options.lock === undefined ? {} : { lock: options.lock }),
    aggregates: [...owned.aggregates, ...projected.aggregates].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    commands: commandTypes,
    skipped: skippedSubjects.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)),
    generation: Math.max(0, ...subjects.flatMap(({ versions }) => versions.map(({ id }) => id))),
  };
  return { catalog, problems: wrong, topicsOf };
}

function inCodeOptions({
  group = "",
  checkState = () => [],
}: CatalogOptions): Pick<ProjectedContext, "group" | "checkState"> {
  return { group, checkState };
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
