import { EventQLError } from "../src/errors.ts";
import { addressVariables, serverNames } from "./settings.ts";

/** The two ways to run the servers. */
export const ways = ["native", "docker"] as const;

/** A way to run the servers: as processes of this machine, or as containers. */
export type Way = (typeof ways)[number];

/** What this machine offers. */
export interface Situation {
  /** What the native way lacks, a phrase each. */
  readonly nativeMissing: readonly string[];
  /** Whether nothing needs to be fetched for the native way. */
  readonly cacheFull: boolean;
  /** Why Docker can't be used; undefined if it can. */
  readonly dockerMissing: string | undefined;
}

/**
 * Chooses how to run the servers: natively if nothing needs to be fetched for that, else by a Docker engine, else
 * natively with the downloads.
 *
 * @param wish the user's choice, which then is the only one tried
 * @throws EventQLError `STACK_UNAVAILABLE` naming what each way lacks
 */
export function chooseWay(situation: Situation, wish?: Way): Way {
  const { nativeMissing, cacheFull, dockerMissing } = situation;
  const possible: Readonly<Record<Way, boolean>> = {
    native: nativeMissing.length === 0,
    docker: dockerMissing === undefined,
  };
  const preferred: readonly Way[] = cacheFull ? ["native", "docker"] : ["docker", "native"];
  const way = (wish === undefined ? preferred : [wish]).find((one) => possible[one]);
  if (way === undefined) throw new EventQLError("STACK_UNAVAILABLE", explain(situation, wish));
  return way;
}

function explain({ nativeMissing, dockerMissing }: Situation, wish: Way | undefined): string {
  const lines: Readonly<Record<Way, string>> = {
    native: `natively: missing ${nativeMissing.join("; ")}`,
    docker: `by Docker: ${dockerMissing ?? "possible"}`,
  };
  const variables = serverNames.map((name) => addressVariables[name]).join(", ");
  return [
    "the real servers can't be started here:",
    ...(wish === undefined ? ways : [wish]).map((way) => `  ${lines[way]}`),
    `Install what is missing for one way, or set ${variables} to servers that run elsewhere.`,
  ].join("\n");
}
