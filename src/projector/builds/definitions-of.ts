import { isAdditive, parseProjectionDefinition, projectionDefinition } from "../../catalog/projection-definition.ts";
import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { messageOf } from "../../errors.ts";
import { type ProjectedDefinition, definitionChanges, projectedDefinition } from "../projected-definition.ts";
import { pointerId } from "./build-key.ts";
import type { KnownDefinition } from "./settle-definition.ts";

/** A definition, and the aggregates whose documents it makes, as the catalog has them. */
export interface CatalogDefinition extends KnownDefinition {
  readonly aggregates: readonly Aggregate[];
}

/** The definitions that a catalog has, by the identifiers of their pointers. */
export function definitionsOf({ aggregates }: Pick<Catalog, "aggregates">): ReadonlyMap<string, CatalogDefinition> {
  const own = aggregates.filter(({ projected }) => projected === undefined);
  const ofTopics = [...Map.groupBy(own, ({ topic }) => topic)].map(([topic, each]) => topicDefinition(topic, each));
  const inCode = aggregates.flatMap((aggregate) => codeDefinition(aggregate) ?? []);
  return new Map([...ofTopics, ...inCode].map((definition) => [pointerId(definition), definition]));
}

function topicDefinition(topic: string, aggregates: readonly Aggregate[]): CatalogDefinition {
  const definition = projectionDefinition(aggregates);
  return {
    name: topic,
    base: aggregates[0]?.projection ?? topic,
    topics: [topic],
    collections: aggregates.map(({ collection }) => collection),
    definition: JSON.stringify(definition),
    aggregates,
    changesFrom: remembered((stored) => {
      const verdict = isAdditive(parseProjectionDefinition(stored), definition);
      return verdict === true ? [] : verdict;
    }),
  };
}

function codeDefinition(aggregate: Aggregate): CatalogDefinition | undefined {
  const { projected, projection: name, topic, collection } = aggregate;
  if (projected === undefined) return undefined;
  const definition = projectedDefinition(projected.projection);
  const text = JSON.stringify(definition);
  return {
    name,
    base: name,
    topics: [topic],
    collections: [collection],
    definition: text,
    aggregates: [aggregate],
    changesFrom: remembered((stored) =>
      stored === text ? [] : definitionChanges(parsed(stored, definition), definition),
    ),
  };
}

/** There are few definitions, and they are compared often. What nobody can read says nothing of how documents were made. */
function remembered(changesFrom: CatalogDefinition["changesFrom"]): CatalogDefinition["changesFrom"] {
  const known = new Map<string, readonly string[]>();
  const read = (stored: string): readonly string[] => {
    try {
      return changesFrom(stored);
    } catch (error) {
      return [`what it was can't be read (${messageOf(error)})`];
    }
  };
  return (stored) => {
    const changes = known.get(stored) ?? read(stored);
    known.set(stored, changes);
    return changes;
  };
}

/** A stored definition; what it doesn't have is as it would be absent. */
function parsed(stored: string, like: ProjectedDefinition): ProjectedDefinition {
  const value: unknown = JSON.parse(stored);
  const said = new Map(typeof value === "object" && value !== null ? Object.entries(value) : []);
  const text = (name: string): string => String(said.get(name) ?? "");
  const texts = (name: string): Readonly<Record<string, string>> => {
    const entries: unknown = said.get(name);
    if (typeof entries !== "object" || entries === null) return {};
    return Object.fromEntries(Object.entries(entries).map(([key, each]) => [key, String(each)]));
  };
  return {
    ...like,
    from: text("from"),
    key: text("key"),
    columns: texts("columns"),
    initial: text("initial"),
    evolve: texts("evolve"),
    tombstones: text("tombstones"),
    partitions: text("partitions"),
    emits: text("emits"),
    madeOf: text("madeOf"),
    version: text("version"),
  };
}
