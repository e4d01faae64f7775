import { EventQLError, isEventQLError } from "../../errors.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Builds } from "../../model/builds.ts";
import { AGGREGATES } from "../../model/checkpoint.ts";
import type { BuildStore } from "../../projector/builds/change-builds.ts";
import { pointerId } from "../../projector/builds/build-key.ts";
import type { CatalogDefinition } from "../../projector/builds/definitions-of.ts";
import { discardBuild } from "../../projector/builds/manage-builds.ts";
import { makes, settleDefinition } from "../../projector/builds/settle-definition.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** Where definitions are settled, and how. */
export interface SettleBuildsOptions {
  readonly readModel: BuildStore;
  readonly log: Pick<EventLog, "describeTopics" | "offsets">;
  readonly swap: Builds["swap"];
  readonly logger: Logger;
  /** Whether a build was to be made here by a definition that the process had before. Default: none was. */
  readonly isOutdated?: (id: string, next: Builds["live"]) => boolean;
}

/** Why a definition can't be had. */
export interface RefusedDefinition {
  readonly of: CatalogDefinition;
  readonly error: EventQLError;
}

/**
 * Finds, or begins, the build that each definition makes.
 * @throws EventQLError the retriable ones of the stores. Others are returned, each with its definition.
 */
export async function settleBuilds(
  definitions: Iterable<CatalogDefinition>,
  { readModel, log, swap, logger, isOutdated }: SettleBuildsOptions,
): Promise<readonly RefusedDefinition[]> {
  const refused: RefusedDefinition[] = [];
  for (const of of definitions) {
    const checkRebuild = async (live: Builds["live"]): Promise<void> => await checkHistory(log, of, live);
    try {
      const { role, builds, changes } = await settleDefinition(readModel, of, { swap, checkRebuild });
      if (role !== "live") report(logger, of, builds, changes);
      // What was to take the live build's place isn't wanted any more: the change was undone.
      else if (builds.next && !makes(of, builds.next) && isOutdated?.(pointerId(of), builds.next) === true)
        await discardBuild(readModel, of);
    } catch (error) {
      if (!isEventQLError(error) || error.retriable) throw error;
      refused.push({ of, error });
    }
  }
  return refused;
}

function report(logger: Logger, { name }: CatalogDefinition, builds: Builds, changes: readonly string[]): void {
  const { live, next, swap } = builds;
  logger.warn(
    { projection: name, code: "PROJECTION_CHANGED", live: live.id, next: next?.id, swap },
    `its documents were made otherwise (${changes.join("; ")}): they are built anew, and stay as they are until that is done`,
  );
}

/** That a definition isn't the live build's. */
export function projectionChanged({ name, base, changesFrom }: CatalogDefinition, builds: Builds): EventQLError {
  const made =
    base === AGGREGATES
      ? `The documents of topic ${name} were made by other hints`
      : `The documents of projection ${name} were made by another definition`;
  const changes = changesFrom(builds.live.definition);
  const what =
    builds.next === undefined ? "no build of this one is under way" : `build ${builds.next.id} takes their place`;
  return new EventQLError(
    "PROJECTION_CHANGED",
    `${made}: ${changes.join("; ")}. They are read as they are until they are built anew and swapped: ${what}.`,
    { details: { ...(base === AGGREGATES ? { topic: name } : { projection: name }), changes } },
  );
}

/** A build needs every event since the first one. */
async function checkHistory(
  log: SettleBuildsOptions["log"],
  of: CatalogDefinition,
  live: Builds["live"],
): Promise<void> {
  const { name } = of;
  const changes = of.changesFrom(live.definition);
  for (const { name: topic, compacted, retentionMs } of await log.describeTopics(neededTopics(of, live))) {
    // What a compacted topic has lost makes no difference to what suits one.
    if (compacted && retentionMs === undefined) continue;
    const begin = Math.max(0, ...(await log.offsets(topic)).map(({ low }) => low));
    if (begin === 0) continue;
    throw new EventQLError(
      "HISTORY_GONE",
      `The documents of ${name} were made otherwise: ${changes.join("; ")}. They can't be built anew, for topic ${topic} ` +
        `begins at offset ${begin}: events that made them have expired. Undo the change; or, where documents of the events ` +
        "that are left will do, start on another database (MONGODB_DATABASE).",
      { details: { topic, changes } },
    );
  }
}

/** An intermediate topic that nobody has filled yet has no more than its sources have now, wherever it begins itself. */
function neededTopics({ topics, aggregates }: CatalogDefinition, live: Builds["live"]): readonly string[] {
  const isAnother = topics.some((topic) => !live.topics.includes(topic));
  const sources = aggregates.flatMap(({ projected }) =>
    projected?.isRekeyed === true ? projected.projection.from : [],
  );
  return [...new Set([...topics, ...(isAnother ? sources : [])])];
}
