import type { Writer } from "../catalog/codec.ts";
import { projectionDefinition } from "../catalog/projection-definition.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Aggregate, Catalog } from "../catalog/types.ts";
import { AGGREGATES } from "../model/checkpoint.ts";
import { type FoldTarget, foldTarget } from "../fold/fold-target.ts";

/** What to do with the events of a writer: which collection, and how they fold. */
export interface ProjectionTarget extends FoldTarget {
  readonly collection: string;
}

/** A topic's aggregates as the projector applies them. */
export interface TopicProjection {
  /** What its checkpoints, and what it sets aside, are stored by. */
  readonly name: string;
  readonly topic: string;
  readonly aggregates: readonly Aggregate[];
  readonly collections: readonly string[];
  /** Of the catalog that it was made from. */
  readonly generation: number;
  /** Equal where events are applied alike, by whichever catalog. */
  readonly definition: string;
  /** The collections whose events are kept in a journal. */
  readonly journaled: ReadonlySet<string>;
  /** The collections whose documents have a hash of their newest event. */
  readonly hashed: ReadonlySet<string>;
  /** Whether tombstones change nothing. */
  readonly ignoresTombstones: boolean;
  /** How many events are stored at once: as many as there are, or one. */
  readonly commit: "batch" | "event";
  /** Of a projection in code whose rules write events, its own name, whichever build it is; absent: none do. */
  readonly writes?: string;
  /** Undefined: the event changes nothing. */
  targetOf(writer: Writer): ProjectionTarget | undefined;
  /** The collection in whose journal the event is kept, whether it changes anything or not; undefined: in none. */
  keptBy(writer: Writer): string | undefined;
}

/** What decides how a catalog's topics are projected, beside the catalog. */
export interface ProjectionOptions {
  /** Whether journals are written for aggregates that keep their history. Default true. */
  readonly journals?: boolean;
}

/** The projections of a catalog's topics, by topic; those in code are left out. */
export function topicProjections(
  { aggregates, generation }: Pick<Catalog, "aggregates" | "generation">,
  { journals = true }: ProjectionOptions = {},
): ReadonlyMap<string, TopicProjection> {
  const byTopic = Map.groupBy(topicAggregates(aggregates), ({ topic }) => topic);
  return new Map(
    [...byTopic].map(([topic, own]) => {
      const kept = journals ? own.filter(({ history }) => history !== undefined) : [];
      return [topic, topicProjection(topic, own, generation, new Set(kept.map(({ collection }) => collection)))];
    }),
  );
}

function topicProjection(
  topic: string,
  aggregates: readonly Aggregate[],
  generation: number,
  journaled: ReadonlySet<string>,
): TopicProjection {
  const ownerOf = new Map(
    aggregates.flatMap((aggregate) => aggregate.eventTypes.map(({ fullName }) => [fullName, aggregate] as const)),
  );
  const targets = new WeakMap<Writer, { readonly target: ProjectionTarget | undefined }>();
  return {
    name: aggregates[0]?.projection ?? AGGREGATES,
    topic,
    aggregates,
    collections: aggregates.map(({ collection }) => collection),
    generation,
    definition: JSON.stringify([projectionDefinition(aggregates), [...journaled].sort()]),
    journaled,
    hashed: new Set(aggregates.flatMap(({ owned, collection }) => (owned === undefined ? [] : [collection]))),
    ignoresTombstones: false,
    commit: "batch",
    targetOf(writer) {
      const known = targets.get(writer);
      if (known !== undefined) return known.target;
      const target = projectionTarget(writer, ownerOf.get(writer.eventType.fullName));
      targets.set(writer, { target });
      return target;
    },
    keptBy(writer) {
      if (journaled.size === 0) return undefined;
      const collection = ownerOf.get(writer.eventType.fullName)?.collection;
      return collection !== undefined && journaled.has(collection) ? collection : undefined;
    },
  };
}

function projectionTarget(writer: Writer, aggregate: Aggregate | undefined): ProjectionTarget | undefined {
  const target = aggregate && foldTarget(aggregate, writer);
  return target && { ...target, collection: aggregate.collection };
}
