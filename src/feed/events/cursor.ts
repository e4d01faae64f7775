import { z } from "zod";
import { EventQLError } from "../../errors.ts";
import type { OffsetRange } from "../../event-log/event-log.ts";
import { seal, unseal } from "../../model/sealed-text.ts";

const Sealed = z.strictObject({
  version: z.literal(1),
  topic: z.string(),
  /** The next offset of each partition. */
  next: z.array(z.int().nonnegative()).min(1),
});

/** The cursor of a place in a topic: the next offset of each partition. */
export function toCursor(topic: string, next: readonly number[]): string {
  return seal({ version: 1, topic, next });
}

/**
 * The next offset of each partition that a cursor was made of.
 * @throws EventQLError `CURSOR_INVALID`
 */
export function readCursor(cursor: string, topic: string): readonly number[] {
  const { data } = Sealed.safeParse(unsealed(cursor));
  if (data === undefined) throw invalid(topic, "is damaged, or was not given out for events");
  if (data.topic !== topic) throw invalid(topic, "belongs to another topic");
  return data.next;
}

/**
 * Checks that the log still has everything from a place on. Returns the place, with all partitions: those that the
 * topic got after the cursor was given out begin at their first record.
 * @throws EventQLError `CURSOR_INVALID` where the log never had the place, `CURSOR_EXPIRED` where records behind it were
 *   removed
 */
export function resumeAt(next: readonly number[], topic: string, ranges: readonly OffsetRange[]): number[] {
  if (next.length > ranges.length) throw invalid(topic, "has more partitions than the topic");
  return ranges.map(({ low, high }, partition) => {
    const offset = next[partition] ?? 0;
    if (offset > high) throw invalid(topic, `is beyond the end of partition ${partition}`);
    if (offset < low) throw expired(topic, partition);
    return offset;
  });
}

/** The error for a place from which records were removed. */
export function expired(topic: string, partition: number): EventQLError {
  return new EventQLError(
    "CURSOR_EXPIRED",
    `The log has removed events of topic "${topic}", partition ${partition}, that come after the cursor: begin without a cursor, or let the topic keep its events for longer.`,
    { details: { topic, partition } },
  );
}

/** The error for a cursor that doesn't fit a topic. `fault` completes "The cursor …". */
export function invalid(topic: string, fault: string): EventQLError {
  return new EventQLError(
    "CURSOR_INVALID",
    `The cursor ${fault}: pass one of an event of topic "${topic}" as it was received, or begin without a cursor.`,
    { details: { topic } },
  );
}

function unsealed(cursor: string): unknown {
  try {
    return unseal(cursor);
  } catch {
    // Made up, with a right checksum around what is no JSON.
    return undefined;
  }
}
