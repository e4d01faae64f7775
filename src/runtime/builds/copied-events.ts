import type { EventLog, OffsetRange } from "../../event-log/event-log.ts";

/** What telling how far events are copied needs. */
export interface CopiedOptions {
  readonly log: Pick<EventLog, "committed" | "offsets" | "readRange">;
  /** The name under which the stream to an intermediate topic stores how far it is. */
  readonly ownerOf: (topic: string) => string;
  /** ms, as `performance.now()` has them. */
  readonly now?: () => number;
}

/** Tells whether the events of `sources` are copied to an intermediate topic, whichever processes copy them. */
export type AreCopied = (topic: string, sources: readonly string[]) => Promise<boolean>;

/** A stream under load is never at an end that has just been read: it counts where it was at one so long ago, in ms. */
const LAG_MS = 5_000;

interface Ends {
  readonly at: number;
  readonly ranges: ReadonlyMap<string, readonly OffsetRange[]>;
}

/** Follows how far streams to intermediate topics are, by the positions that they store with what they have written. */
export function followCopies({ log, ownerOf, now = () => performance.now() }: CopiedOptions): AreCopied {
  const known = new Map<string, Ends>();
  const endsOf = async (topic: string, sources: readonly string[]): Promise<Ends> => {
    const before = known.get(topic);
    if (before !== undefined && now() - before.at < LAG_MS) return before;
    const at = now();
    const ranges = await Promise.all(sources.map(async (source) => [source, await log.offsets(source)] as const));
    const ends = { at, ranges: new Map(ranges) };
    known.set(topic, ends);
    return ends;
  };
  const isPassed = async (source: string, partition: number, from: number, high: number): Promise<boolean> => {
    if (from >= high) return true;
    // What is left before the end may be nothing but the markers of transactions.
    const { records, next } = await log.readRange({ topic: source, partition, from, until: high, limit: 1 });
    return records.length === 0 && next >= high;
  };
  return async (topic, sources) => {
    for (const [source, ranges] of (await endsOf(topic, sources)).ranges) {
      const stored = await log.committed(ownerOf(topic), source);
      for (const [partition, { low, high }] of ranges.entries())
        if (!(await isPassed(source, partition, Math.max(low, stored[partition] ?? low), high))) return false;
    }
    return true;
  };
}
