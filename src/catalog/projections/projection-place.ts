import type { Projection } from "../../model/projection.ts";
import { CONFIG } from "../event-hints.ts";
import type { HintProblem } from "../hints.ts";
import type { CatalogProblem } from "../problems.ts";

/** Says where in a projection something is wrong, as other mistakes of the configuration are told. */
export type ProblemAt = (field: string | undefined, wrong: HintProblem) => CatalogProblem;

/** What a projection is called in messages. */
export function placeOf({ name }: Pick<Projection, "name">): string {
  return `${CONFIG} projection ${name}`;
}

/** Tells mistakes of a projection. Where its topics changed so that it doesn't fit any more, they keep what they had. */
export function problemAt({ name, from }: Projection): ProblemAt {
  const [topic, ...beside] = from;
  return (field, wrong) => ({ subject: placeOf({ name }), topic, beside, field, ...wrong });
}

/** Under what the names of a projection's types are kept: no topic can be called so. */
export function lockedAs(name: string): string {
  return `projection:${name}`;
}
