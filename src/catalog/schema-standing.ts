import type { SubjectTopics } from "./event-sources.ts";
import type { GatheredSubject } from "./subjects.ts";

/**
 * What the catalog makes of a schema's id on a topic. `taken`: a subject of the topic has it, and the catalog is made of
 * it. `withheld`: a subject of the topic has it, but a problem keeps the catalog from taking it over. `foreign`: no subject
 * of the topic has it. `pending`: it is taken, but not yet by what is in use of the topic: an event that can't be read by
 * that waits, others don't.
 */
export type SchemaStanding = "taken" | "withheld" | "foreign" | "pending";

/** Ids by topic. */
type IdsByTopic = ReadonlyMap<string, ReadonlySet<number>>;

/** The standing of every id. */
export interface SchemaStandings {
  readonly taken: IdsByTopic;
  readonly withheld: IdsByTopic;
}

/** Compares what a catalog is made of with what the registry has; `topicsOf` knows the subjects of both. */
export function standingsOf(
  taken: readonly GatheredSubject[],
  registered: readonly GatheredSubject[],
  topicsOf: SubjectTopics,
): SchemaStandings {
  const known = idsByTopic(taken, topicsOf);
  const all = [...idsByTopic(registered, topicsOf)];
  const withheld = all.map(
    ([topic, ids]) => [topic, [...ids].filter((id) => known.get(topic)?.has(id) !== true)] as const,
  );
  return { taken: known, withheld: new Map(withheld.map(([topic, ids]) => [topic, new Set(ids)])) };
}

/** The standing of one id. */
export function standingOf({ taken, withheld }: SchemaStandings, topic: string, schemaId: number): SchemaStanding {
  if (taken.get(topic)?.has(schemaId) === true) return "taken";
  return withheld.get(topic)?.has(schemaId) === true ? "withheld" : "foreign";
}

function idsByTopic(subjects: readonly GatheredSubject[], topicsOf: SubjectTopics): IdsByTopic {
  const byTopic = new Map<string, Set<number>>();
  for (const { subject, versions } of subjects) {
    for (const topic of topicsOf.get(subject) ?? []) {
      const ids = byTopic.get(topic) ?? new Set();
      byTopic.set(topic, ids);
      for (const { id } of versions) ids.add(id);
    }
  }
  return byTopic;
}
