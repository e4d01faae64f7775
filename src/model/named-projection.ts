import { EventQLError } from "../errors.ts";
import type { Builds } from "./builds.ts";

/**
 * Finds what is of a projection by its name.
 * @throws EventQLError `BAD_USER_INPUT` where there is none, naming those that there are.
 */
export function namedProjection<T>(all: readonly T[], name: string, buildsOf: (one: T) => Pick<Builds, "name">): T {
  const found = all.find((one) => buildsOf(one).name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => buildsOf(one).name).sort();
  const known = names.length === 0 ? "there is none yet" : `there are ${names.join(", ")}`;
  throw new EventQLError("BAD_USER_INPUT", `There is no projection ${name}: ${known}.`);
}
