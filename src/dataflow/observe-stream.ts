import { HEADER } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type TracedEvent, inProcessSpan } from "../telemetry/messaging-spans.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import { isSetAside } from "./outcome.ts";
import type { WorkedPart } from "./stream-committer.ts";
import type { StreamItem } from "./stream-item.ts";

/** What a partition has done. */
export interface Counted {
  readonly taken: number;
  readonly written: number;
  readonly deadLetters: number;
}

/** What was done first, and what was done then. */
export function countedTogether(first: Counted, then: Counted): Counted {
  return {
    taken: first.taken + then.taken,
    written: first.written + then.written,
    deadLetters: first.deadLetters + then.deadLetters,
  };
}

/** Who is told. */
export interface Observers {
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly stream: string;
  readonly of: TopicPartition;
}

/** Counts a part that was written, and tells of its dead letters. `started`: by `performance.now()`. */
export function countPart(
  { metrics, logger, stream, of }: Observers,
  { outcomes }: WorkedPart,
  started: number,
): Counted {
  const letters = outcomes.filter(isSetAside);
  const written = outcomes.reduce((sum, each) => sum + (isSetAside(each) ? 0 : each.outputs.length), 0);
  metrics.streamed({ stream, ...of }, outcomes.length, written, (performance.now() - started) / 1_000);
  for (const { item, fault, waiting } of letters) {
    if (waiting) continue;
    const message = item.key === null ? "dead letter" : "dead letter: key parked";
    logger.warn({ offset: item.record.offset, code: fault.code, reason: fault.reason }, message);
  }
  for (const [code, some] of Map.groupBy(letters, ({ fault }) => fault.code))
    metrics.streamSetAside({ stream, ...of }, code, some.length);
  return { taken: outcomes.length - letters.length, written, deadLetters: letters.length };
}

/** Works on events in a span that links to the spans which wrote them. */
export async function inChunkSpan<T>(
  tracer: Tracer,
  of: TopicPartition,
  items: readonly StreamItem[],
  work: () => Promise<T>,
): Promise<T> {
  const events = (): Iterable<TracedEvent> =>
    items.map(({ record: { headers } }) => ({ id: headers[HEADER.id], traceparent: headers[HEADER.traceparent] }));
  return await inProcessSpan(tracer, { of, events, count: items.length }, work);
}
