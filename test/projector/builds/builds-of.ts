import { AGGREGATES } from "../../../src/model/checkpoint.ts";
import type { ProjectionKey } from "../../../src/projector/builds/build-key.ts";
import type { KnownDefinition } from "../../../src/projector/builds/settle-definition.ts";

/** The documents of a topic. */
export const USERS: ProjectionKey = { name: "users", base: AGGREGATES };

/** A definition that is a list of words, which another one adds to where it has them all. */
export function definitionOf(words: string, of: ProjectionKey = USERS): KnownDefinition {
  return {
    ...of,
    definition: words,
    topics: [of.name],
    collections: [of.name],
    changesFrom: (stored) =>
      stored.split(" ").flatMap((word) => (words.split(" ").includes(word) ? [] : [`${word} is gone`])),
  };
}
