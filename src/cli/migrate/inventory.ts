import type { Aggregate, Catalog } from "../../catalog/types.ts";
import type { Config } from "../../config.ts";
import { repartitionOf } from "../../catalog/projections/repartition.ts";
import { streamGroup } from "../../dataflow/stream-services.ts";
import { targetsOf } from "../../dataflow/streams.ts";
import type { Inventory, OwnerInput, ProjectedTopic } from "../../migration/plan.ts";
import type { Builds } from "../../model/builds.ts";
import type { Stream } from "../../model/stream.ts";
import { collectionOf } from "../../projector/builds/build-key.ts";
import { readAllBuilds } from "../../projector/builds/stored-builds.ts";
import type { ReadModel } from "../../read-model/read-model.ts";

/** A build's checkpoints, and its collections by the names that the catalog has. */
interface NamedBuild {
  readonly projection: string;
  readonly suffix: string;
  /** Undefined: all that the catalog has of the checkpoint's topic. */
  readonly collections: readonly string[] | undefined;
}

/** Everything of a catalog, and of a configuration, that has positions in the log. */
export async function inventoryOf(
  readModel: Pick<ReadModel, "checkpoints" | "find">,
  catalog: Catalog,
  { kafka: { groupPrefix }, streams: flows = [] }: Pick<Config, "kafka" | "streams">,
): Promise<Inventory> {
  const builds = namedBuilds(catalog, await readAllBuilds(readModel));
  const projected = new Map<string, ProjectedTopic>();
  for (const build of builds) {
    for (const { topic } of await readModel.checkpoints(build.projection)) {
      const own = collectionsOf(build, catalog, topic);
      projected.set(`${build.projection}/${topic}`, { projection: build.projection, topic, ...own });
    }
  }
  const { aggregates } = catalog;
  const streams: readonly Stream[] = [
    ...flows.filter((flow) => flow.kind === "stream"),
    ...aggregates.flatMap((aggregate) => repartitionOf(aggregate) ?? []),
  ];
  return {
    projected: [...projected.values()],
    owned: aggregates.flatMap(({ topic, owned }) =>
      owned === undefined ? [] : [{ topic, transactions: owned.transactions }],
    ),
    processor: `${groupPrefix}-processor`,
    inputs: streams.flatMap((stream) => inputsOf(stream, groupPrefix)),
    targets: [...new Set(streams.flatMap(targetsOf))],
    emitting: aggregates.flatMap(({ projected: made, projection, topic }) =>
      made?.projection.emits === undefined ? [] : [{ projection, topic, owner: streamGroup(groupPrefix, projection) }],
    ),
  };
}

function inputsOf({ name, from }: Stream, groupPrefix: string): readonly OwnerInput[] {
  return from.map((topic) => ({ name: streamGroup(groupPrefix, name), topic, stream: name }));
}

/** The builds that are stored, and what has none stored yet. */
function namedBuilds({ aggregates }: Catalog, stored: readonly Builds[]): readonly NamedBuild[] {
  const own = aggregates.map(({ projection }): NamedBuild => ({ projection, suffix: "", collections: undefined }));
  const others = stored.flatMap(({ live, next, previous }) => [live, next ?? [], previous ?? []].flat());
  const beside = others.filter(({ suffix }) => suffix !== "");
  return [...new Map([...own, ...beside].map((build) => [build.projection, build])).values()];
}

function collectionsOf(
  { projection, suffix, collections }: NamedBuild,
  { aggregates }: Catalog,
  topic: string,
): Pick<ProjectedTopic, "collections" | "journaled"> {
  const made = aggregates.filter((aggregate) => isMade(aggregate, projection, topic, collections));
  const named = (aggregate: Aggregate): string => collectionOf(aggregate.collection, { suffix });
  return {
    collections: made.map(named),
    journaled: made.filter(({ history }) => history !== undefined).map(named),
  };
}

function isMade(
  aggregate: Aggregate,
  projection: string,
  topic: string,
  collections: readonly string[] | undefined,
): boolean {
  if (collections !== undefined) return collections.includes(aggregate.collection);
  return aggregate.projection === projection && aggregate.topic === topic;
}
