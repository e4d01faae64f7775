import { z } from "zod";
import type { Build, Builds } from "../../model/builds.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";
import type { Value } from "../../model/value.ts";
import type { FindOptions, ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import { type ProjectionKey, firstBuild, pointerId } from "./build-key.ts";

/** The collection of the builds of each projection: which one is read, and what each was made by. */
export const DEFINITIONS = "eventql_projections";

/** The projection whose checkpoints move with the documents of {@link DEFINITIONS}. */
export const POINTERS = "definitions";

const build: z.ZodType<Build> = z.object({
  id: z.string(),
  projection: z.string(),
  suffix: z.string(),
  definition: z.string(),
  topics: z.array(z.string()),
  collections: z.array(z.string()),
  since: z.date(),
});

const absent = build.nullish().transform((value) => value ?? undefined);

const shape = z.object({
  name: z.string(),
  base: z.string(),
  live: build,
  next: absent,
  previous: absent,
  swap: z.enum(["auto", "manual"]),
  abandoned: z.array(z.object({ build, at: z.date() })).default([]),
  revision: z.number(),
});

/** What was stored before there were builds. */
const plain = z.object({ _id: z.string(), definition: z.string() });

/** The stored form of a projection's builds. */
export function storedBuilds(builds: Builds): StoredDocument {
  const { name, base, live, next, previous, swap, abandoned = [], revision } = builds;
  return {
    _id: pointerId(builds),
    name,
    base,
    live: storedBuild(live),
    next: next === undefined ? null : storedBuild(next),
    previous: previous === undefined ? null : storedBuild(previous),
    swap,
    abandoned: abandoned.map(({ build: gone, at }) => ({ build: storedBuild(gone), at })),
    revision,
  };
}

function storedBuild({ topics, collections, ...one }: Build): Value {
  return { ...one, topics: [...topics], collections: [...collections] };
}

/** Reads the builds of a projection; undefined: there are none yet. */
export async function readBuilds(
  readModel: Pick<ReadModel, "find">,
  key: ProjectionKey,
  options: Pick<FindOptions, "causal"> = {},
): Promise<Builds | undefined> {
  const found = await readModel.find(DEFINITIONS, { ...options, filter: { _id: pointerId(key) }, limit: 1 });
  return found.flatMap(buildsOf)[0];
}

/** Reads the builds of all projections, by name. */
export async function readAllBuilds(
  readModel: Pick<ReadModel, "find">,
  options: Pick<FindOptions, "causal"> = {},
): Promise<readonly Builds[]> {
  const found = await readModel.find(DEFINITIONS, { ...options, filter: {}, sort: { _id: 1 } });
  return found.flatMap(buildsOf);
}

function buildsOf(stored: StoredDocument): readonly Builds[] {
  const { success, data } = shape.safeParse(stored);
  if (success) return [{ ...data, topics: data.live.topics }];
  const old = plain.safeParse(stored);
  if (!old.success) return [];
  const { _id: name, definition } = old.data;
  const live = firstBuild({ name, base: AGGREGATES }, { definition, topics: [name], collections: [] }, new Date(0));
  return [
    { name, base: AGGREGATES, topics: [name], live, next: undefined, previous: undefined, swap: "auto", revision: 0 },
  ];
}
