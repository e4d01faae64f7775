import type { Catalog } from "../../catalog/types.ts";
import type { Config } from "../../config.ts";
import type { EventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";
import type { BuildStore } from "../../projector/builds/change-builds.ts";
import { definitionsOf } from "../../projector/builds/definitions-of.ts";
import { makerOf } from "../../projector/builds/in-use.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { type RefusedTopic, refuseTopics } from "../prepare-topics.ts";
import type { ChangedProjection, ProcessBuilds } from "./process-builds.ts";
import { settleBuilds } from "./settle-builds.ts";

/** A projection in code that isn't run, and why. */
export interface RefusedProjection {
  readonly projection: string;
  readonly error: EventQLError;
}

/** What of a catalog isn't projected, and why. */
export interface Refusals {
  readonly topics: readonly RefusedTopic[];
  readonly projections: readonly RefusedProjection[];
}

/** What settling a catalog's definitions needs. */
export interface SettleCatalogOptions {
  readonly ports: { readonly log: EventLog; readonly readModel: BuildStore };
  readonly config: Pick<Config, "roles" | "swap">;
  readonly builds: ProcessBuilds;
  readonly logger: Logger;
}

/**
 * Checks that what a catalog, or a part of one, has can be projected, and finds the build that each of its definitions
 * makes. One that is new is begun by who projects: others can't do anything for it.
 */
export async function settleCatalog(
  { ports, config, builds, logger }: SettleCatalogOptions,
  part: Catalog,
): Promise<Refusals> {
  const { log, readModel } = ports;
  const unsuitable = await refuseTopics(log, part);
  const left = new Set(unsuitable.map(({ topic }) => topic));
  const definitions = [...definitionsOf(part).values()].filter(
    ({ name, base }) => base !== AGGREGATES || !left.has(name),
  );
  const isOutdated = (id: string, next: Parameters<typeof makerOf>[1]): boolean =>
    makerOf(builds.known.of(id), next) !== undefined;
  const settling = { readModel, log, swap: config.swap, logger, isOutdated };
  const refused = config.roles.includes("projector") ? await settleBuilds(definitions, settling) : [];
  await builds.book.refresh();
  const said = refusalsOf(refused);
  return { ...said, topics: [...unsuitable, ...said.topics] };
}

/** Refusals of definitions, each as its topic's or its projection's. */
export function refusalsOf(refused: readonly ChangedProjection[]): Refusals {
  const isOfTopic = ({ of }: ChangedProjection): boolean => of.base === AGGREGATES;
  return {
    topics: refused.filter(isOfTopic).map(({ of, error }) => ({ topic: of.name, error })),
    projections: refused.filter((each) => !isOfTopic(each)).map(({ of, error }) => ({ projection: of.name, error })),
  };
}

/** Both refusals; what the first ones name, they name as they do. */
export function joinRefusals(first: Refusals, second: Refusals): Refusals {
  const topics = new Set(first.topics.map(({ topic }) => topic));
  const projections = new Set(first.projections.map(({ projection }) => projection));
  return {
    topics: [...first.topics, ...second.topics.filter(({ topic }) => !topics.has(topic))],
    projections: [...first.projections, ...second.projections.filter(({ projection }) => !projections.has(projection))],
  };
}
