import { createHash } from "node:crypto";
import type { Build } from "../../model/builds.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";

/** Which projection. */
export interface ProjectionKey {
  /** The topic of aggregates, or the name of a projection in code. */
  readonly name: string;
  /** What the checkpoints of its first build are stored by. */
  readonly base: string;
}

/** The identifier of a projection's pointer: names of topics have no slash in them. */
export function pointerId({ name, base }: ProjectionKey): string {
  return base === AGGREGATES ? name : `projection/${name}`;
}

/** What is said of a definition. */
export interface BuildOf {
  /** As JSON. */
  readonly definition: string;
  readonly topics: readonly string[];
  /** As the catalog has them. */
  readonly collections: readonly string[];
}

/** The build that has the plain names. */
export function firstBuild({ base }: ProjectionKey, of: BuildOf, since: Date): Build {
  return { id: hashOf(of.definition), projection: base, suffix: "", ...copied(of), since };
}

/**
 * A build of its own names. They are never given again: what a process left behind that was told late of its end is not
 * taken for the beginning of another one.
 */
export function anotherBuild({ base }: ProjectionKey, of: BuildOf, revision: number, since: Date): Build {
  const id = hashOf(`${of.definition}#${revision}`);
  return { id, projection: `${base}@${id}`, suffix: `_${id}`, ...copied(of), since };
}

/** The name of one of a build's collections, which is given as the catalog has it. */
export function collectionOf(collection: string, { suffix }: Pick<Build, "suffix">): string {
  return `${collection}${suffix}`;
}

function copied({ definition, topics, collections }: BuildOf): BuildOf {
  return { definition, topics: [...topics], collections: [...collections] };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
