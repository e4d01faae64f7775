import type { EventLog } from "../../event-log/event-log.ts";
import type { Outcome } from "../../model/command.ts";
import type { TopicPartition } from "../../model/position.ts";
import { decodeOutcome } from "../outcome-record.ts";
import type { SeenCommands } from "./seen-commands.ts";

/** Outcomes that are read at once: those of commands that were repeated together mostly stand together. */
const LIMIT = 1_000;

/** What reading outcomes needs. */
export interface FirstOutcomesOptions {
  readonly log: Pick<EventLog, "readRange">;
  /** The partition of outcomes. */
  readonly of: TopicPartition;
  readonly seen: SeenCommands;
  /** ms since 1970-01-01 UTC. */
  readonly now: number;
}

/** How those of the commands ended that were decided before, by their ids. @throws what the log does. */
export async function firstOutcomes(
  { log, of, seen, now }: FirstOutcomesOptions,
  commandIds: readonly string[],
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const wanted = new Map<number, string>();
  for (const commandId of commandIds) {
    const offset = seen.offsetOf(commandId);
    if (offset === undefined) continue;
    const held = seen.outcomeOf(commandId, now);
    if (held === undefined) wanted.set(offset, commandId);
    else outcomes.set(commandId, held);
  }
  let next = 0;
  const offsets = [...wanted.keys()].sort((a, b) => a - b);
  const until = (offsets.at(-1) ?? 0) + 1;
  for (const from of offsets) {
    if (from < next) continue;
    const part = await log.readRange({ ...of, from, until, limit: LIMIT });
    next = part.next;
    for (const record of part.records) {
      const commandId = wanted.get(record.offset);
      const outcome = commandId === undefined ? undefined : decodeOutcome(record);
      if (commandId === undefined || outcome?.commandId !== commandId || !seen.counts(outcome, now)) continue;
      outcomes.set(commandId, outcome);
      seen.hold(outcome);
    }
  }
  return outcomes;
}
