import { type Assembly, type CatalogOptions, assembleCatalog } from "./build.ts";
import type { SubjectTopics } from "./event-sources.ts";
import { type CatalogProblem, catalogInvalid } from "./problems.ts";
import { type SchemaStandings, standingsOf } from "./schema-standing.ts";
import type { GatheredSubject } from "./subjects.ts";
import { eventsTopicOf } from "./topic-kinds.ts";
import type { Catalog } from "./types.ts";

/** A catalog with what it was made of. */
export interface CatalogState {
  readonly catalog: Catalog;
  readonly subjects: readonly GatheredSubject[];
  readonly topicsOf: SubjectTopics;
  readonly standings: SchemaStandings;
}

/** What could be taken over of newer subjects. */
export interface Reload {
  readonly state: CatalogState;
  /** Why topics keep what they had. */
  readonly problems: readonly CatalogProblem[];
}

/** Builds the first catalog of subjects. @throws EventQLError `CATALOG_INVALID` naming every wrong hint. */
export function firstState(subjects: readonly GatheredSubject[], options: CatalogOptions): CatalogState {
  const { catalog, problems, topicsOf } = assembleCatalog(subjects, options);
  if (problems.length > 0) throw catalogInvalid(problems);
  return { catalog, subjects, topicsOf, standings: standingsOf(subjects, subjects, topicsOf) };
}

/**
 * Builds the catalog of newer subjects. A topic with a problem, and each of `frozen`, keeps the subjects that it had (a new
 * one stays out), all others are taken over: names are given anew to the mixture, so that no two clash. Where that leaves
 * problems, the catalog stays as it was, whole. It never becomes of an older generation.
 */
export function reloadCatalog(
  current: CatalogState,
  registered: readonly GatheredSubject[],
  options: CatalogOptions,
  frozen: ReadonlySet<string> = new Set(),
): Reload {
  const whole = assembleCatalog(registered, options);
  const topicsOf = mergedTopics(current.topicsOf, whole.topicsOf);
  const problems: CatalogProblem[] = [];
  const kept = new Set(frozen);
  for (;;) {
    const subjects = mixed(current.subjects, registered, topicsOf, kept);
    const assembly = kept.size === 0 ? whole : assembleCatalog(subjects, options);
    const found = [...assembly.problems, ...lostSubjects(current, registered, assembly, options)];
    problems.push(...found);
    const standings = standingsOf(subjects, registered, topicsOf);
    if (found.length === 0) return { state: settled(current, assembly, { subjects, topicsOf, standings }), problems };
    const before = kept.size;
    for (const { topic, beside = [] } of found) for (const each of [topic ?? [], beside].flat()) kept.add(each);
    if (kept.size === before || found.some(({ topic }) => topic === undefined)) {
      return { state: withRegistered(current, registered, topicsOf), problems };
    }
  }
}

/** The catalog as it was, whatever the registry has now. */
export function keepCatalog(
  current: CatalogState,
  registered: readonly GatheredSubject[],
  options: CatalogOptions,
): CatalogState {
  const { topicsOf } = assembleCatalog(registered, options);
  return withRegistered(current, registered, mergedTopics(current.topicsOf, topicsOf));
}

function withRegistered(
  current: CatalogState,
  registered: readonly GatheredSubject[],
  topicsOf: SubjectTopics,
): CatalogState {
  return { ...current, topicsOf, standings: standingsOf(current.subjects, registered, topicsOf) };
}

/** Of subjects that concern a kept topic those that were, of others those that are. */
function mixed(
  before: readonly GatheredSubject[],
  now: readonly GatheredSubject[],
  topicsOf: SubjectTopics,
  kept: ReadonlySet<string>,
): readonly GatheredSubject[] {
  // Commands are for the events of their topic: they stay together.
  const isKept = ({ subject }: GatheredSubject): boolean =>
    [...(topicsOf.get(subject) ?? [])].some((topic) => kept.has(topic) || kept.has(eventsTopicOf(topic)));
  return [...now.filter((each) => !isKept(each)), ...before.filter(isKept)].toSorted((a, b) =>
    a.subject < b.subject ? -1 : 1,
  );
}

/** Subjects that made event types and are still there, but would now be left out. */
function lostSubjects(
  current: CatalogState,
  registered: readonly GatheredSubject[],
  { catalog }: Assembly,
  { topics: wanted }: CatalogOptions,
): readonly CatalogProblem[] {
  const there = new Set(registered.map(({ subject }) => subject));
  const leftOut = new Set(current.catalog.skipped.map(({ subject }) => subject));
  const made = new Set(current.subjects.map(({ subject }) => subject).filter((subject) => !leftOut.has(subject)));
  return catalog.skipped
    .filter(({ subject }) => there.has(subject) && made.has(subject))
    .flatMap(({ subject, reason }) =>
      [...(current.topicsOf.get(subject) ?? [])]
        .filter((topic) => wanted?.includes(eventsTopicOf(topic)) ?? true)
        .map((topic) => ({
          subject,
          topic,
          field: undefined,
          problem: `its newest version can't be taken over: ${reason.replace(/\.$/, "")}`,
          remedy: "Register a version that can, or delete that one",
        })),
    );
}

/** What is the same stays the same objects: nobody begins anew for the sake of what isn't served here. */
function settled(current: CatalogState, { catalog }: Assembly, parts: Omit<CatalogState, "catalog">): CatalogState {
  const isSame = contentOf(current) === contentOf({ ...parts, catalog });
  const { aggregates, commands } = isSame ? current.catalog : catalog;
  const generation = Math.max(current.catalog.generation, catalog.generation);
  return { ...parts, catalog: { ...catalog, aggregates, commands, generation } };
}

/** Tells catalogs apart: the names that they gave, and the versions that they are made of. */
function contentOf({ catalog, subjects, topicsOf }: CatalogState): string {
  const { aggregates, commands } = catalog;
  const names = aggregates.map(({ name, eventTypes }) => [name, ...eventTypes.map((type) => type.name)]);
  const topics = new Set([...aggregates, ...commands].map(({ topic }) => topic));
  const used = subjects.filter(({ subject }) => {
    const own = topicsOf.get(subject) ?? [];
    return [...own].some((topic) => topics.has(eventsTopicOf(topic)));
  });
  const versions = used.map((each) => [each.subject, ...each.versions.map(({ id }) => id)]);
  return JSON.stringify([names, commands.map(({ name }) => name), versions]);
}

function mergedTopics(before: SubjectTopics, now: SubjectTopics): SubjectTopics {
  const merged = new Map(before);
  for (const [subject, topics] of now) merged.set(subject, new Set([...topics, ...(before.get(subject) ?? [])]));
  return merged;
}
