import { setTimeout as delay } from "node:timers/promises";
import type { EventLog } from "../event-log/event-log.ts";
import type { Position } from "../model/position.ts";

/** How events are followed through intermediate topics. */
export interface CopiesOptions {
  readonly log: Pick<EventLog, "committed" | "offsets" | "readRange">;
  /** The name under which the stream to an intermediate topic stores how far it is. */
  readonly ownerOf: (topic: string) => string;
}

/** An event that is followed through an intermediate topic, and the projection behind it. */
export interface FollowedCopy extends CopiesOptions {
  /** The intermediate topic. */
  readonly through: string;
  /** Of the event. */
  readonly position: Position;
  /** How many ms are left. @throws EventQLError `NOT_YET_PROJECTED` where none is. */
  readonly left: () => number;
  /** Where the projection stands in a partition of the intermediate topic. */
  readonly nextOf: (partition: number) => number;
  /** Resolves when it has passed an offset there. @throws EventQLError `NOT_YET_PROJECTED`. */
  readonly passed: (partition: number, offset: number) => Promise<void>;
}

/** How often, in ms, it is asked how far the stream is: at first, and at the most. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 200;

/**
 * Resolves when every copy of an event was passed. The stream stores its position with the copies of all events before it, so
 * that they are in the intermediate topic then, before its ends.
 */
export async function copiesPassed(following: FollowedCopy): Promise<void> {
  await untilCopied(following);
  // Positions are stored, and known, before what was written with them can be read.
  const ends = await following.log.offsets(following.through, { written: true });
  await Promise.all(
    ends.map(async ({ low, high }, partition) => await untilPassed(following, partition, { low, high })),
  );
}

async function untilCopied({ log, ownerOf, through, position, left }: FollowedCopy): Promise<void> {
  const { topic, partition, offset } = position;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const stored = await log.committed(ownerOf(through), topic);
    if ((stored[partition] ?? 0) > offset) return;
    await delay(Math.min(pauseMs, left()));
  }
}

/** What is left before the end may be nothing but the markers of transactions, which no checkpoint ever moves past. */
async function untilPassed(
  { log, through, left, nextOf, passed }: FollowedCopy,
  partition: number,
  { low, high }: { readonly low: number; readonly high: number },
): Promise<void> {
  for (;;) {
    const from = Math.max(low, nextOf(partition));
    if (from >= high) return;
    const part = { topic: through, partition, from, until: high, limit: 1, timeoutMs: Math.ceil(left()) };
    const { records, next } = await log.readRange(part).catch((error: unknown) => {
      // Where there was too little time, that is what is wrong.
      left();
      throw error;
    });
    const [first] = records;
    if (first !== undefined) await passed(partition, first.offset);
    else if (next >= high) return;
    else await delay(Math.min(FIRST_PAUSE_MS, left()));
  }
}
