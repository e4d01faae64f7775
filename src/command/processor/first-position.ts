import { outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { EventQLError } from "../../errors.ts";
import type { EventLog, OffsetRange } from "../../event-log/event-log.ts";
import { HEADER, type LogRecord } from "../../model/event.ts";
import { type TopicPartition, partitionId } from "../../model/position.ts";
import { decodeOutcome } from "../outcome-record.ts";
import type { ProcessorServices } from "./options.ts";
import type { OwnedPartition } from "./session.ts";

/** Offsets at a partition's end that are looked through: markers of transactions are among them. */
const LOOKED_THROUGH = 10_000;

/** Where the partitions of commands, outcomes and events begin and end. */
export interface Ranges {
  readonly commands: readonly OffsetRange[];
  readonly outcomes: readonly OffsetRange[];
  readonly events: readonly OffsetRange[];
}

/**
 * The offset of the first command to decide: the one that the log keeps for its owners. Kafka forgets it where nobody has
 * used it for `offsets.retention.minutes`, 7 days by default; then the newest outcome tells, which was written with it.
 * @throws EventQLError `HISTORY_GONE` where events say that commands were decided, and nothing says how far: to begin
 *   anew would decide them twice.
 */
export async function firstPosition(
  { log, logger, group }: Pick<ProcessorServices, "logger" | "group"> & { readonly log: Pick<EventLog, "readRange"> },
  place: OwnedPartition,
  kept: number | undefined,
  ranges: Ranges,
): Promise<number> {
  const { low = 0, high = 0 } = ranges.commands[place.of.partition] ?? {};
  if (kept !== undefined) return Math.max(checked(place.of, kept, high), low);
  if (low === high) return low;
  const outcomes = { topic: outcomesTopicOf(place.topic), partition: place.of.partition };
  const told = (await newest(log, outcomes, ranges.outcomes)).flatMap((record) => {
    const command = decodeOutcome(record)?.command;
    return command?.partition === place.of.partition ? [command.offset + 1] : [];
  });
  if (told.length > 0) {
    const next = Math.max(low, checked(place.of, Math.max(...told), high));
    logger.warn({ ...place.of, next }, "how far commands were decided was forgotten; their outcomes tell");
    return next;
  }
  // Of outcomes that none are left of it isn't known whether they led to events.
  if ((ranges.outcomes[place.of.partition]?.low ?? 0) > 0) throw forgotten(place.of, group);
  for (const partition of place.writes) {
    const events = await newest(log, { topic: place.topic, partition }, ranges.events);
    if (events.some(({ headers }) => headers[HEADER.command] !== undefined)) throw forgotten(place.of, group);
  }
  return low;
}

/** A position that the log doesn't reach is one of another log: what stands before it would never be decided. */
function checked(of: TopicPartition, next: number, high: number): number {
  if (next <= high) return next;
  throw new EventQLError(
    "HISTORY_GONE",
    `The commands of ${partitionId(of)} end at offset ${high}, and ${next} were decided: the topic was made anew or lost ` +
      "records. Make its topic of outcomes anew too, and remove the group's offset.",
    { details: { ...of } },
  );
}

async function newest(
  log: Pick<EventLog, "readRange">,
  of: TopicPartition,
  ranges: readonly OffsetRange[],
): Promise<readonly LogRecord[]> {
  const { low = 0, high = 0 } = ranges[of.partition] ?? {};
  if (low === high) return [];
  const from = Math.max(low, high - LOOKED_THROUGH);
  const { records } = await log.readRange({ ...of, from, until: high, limit: LOOKED_THROUGH });
  return records;
}

function forgotten(of: TopicPartition, group: string): EventQLError {
  return new EventQLError(
    "HISTORY_GONE",
    `How far the commands of ${partitionId(of)} were decided is known no more: nobody decided any for longer than Kafka keeps ` +
      "a group's offsets, and their outcomes have expired. To begin anew would decide them twice. Set the offset behind the " +
      `last one that was decided: kafka-consumer-groups --group ${group} --topic ${of.topic}:${of.partition} --reset-offsets --to-offset <n> --execute.`,
    { details: { ...of, group } },
  );
}
