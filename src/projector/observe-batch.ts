import { HEADER } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import { type TracedEvent, inProcessSpan } from "../telemetry/messaging-spans.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { ATTRIBUTE } from "../telemetry/semantic-conventions.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import type { DecodedItem } from "./decode-batch.ts";
import type { SetAside } from "./fold-batch.ts";

/** Runs a batch's projection in a span that links to the spans which wrote its events. False: it was left uncommitted. */
export async function inBatchSpan(
  tracer: Tracer,
  of: TopicPartition,
  items: readonly Pick<DecodedItem, "record">[],
  project: () => Promise<boolean>,
): Promise<boolean> {
  return await inProcessSpan(tracer, { of, events: () => tracedEvents(items), count: items.length }, async (span) => {
    const isCommitted = await project();
    span.set({ [ATTRIBUTE.committed]: isCommitted });
    return isCommitted;
  });
}

function* tracedEvents(items: readonly Pick<DecodedItem, "record">[]): Iterable<TracedEvent> {
  for (const { record } of items) {
    yield { id: record.headers[HEADER.id], traceparent: record.headers[HEADER.traceparent] };
  }
}

/** Counts a committed batch, and what it set aside by why. `started`: by `performance.now()`. */
export function measureBatch(
  metrics: Metrics,
  of: TopicPartition,
  events: number,
  setAside: readonly SetAside[],
  started: number,
): void {
  metrics.batchProjected(of, events, (performance.now() - started) / 1_000);
  if (setAside.length === 0) return;
  for (const [code, letters] of Map.groupBy(setAside, ({ item }) => item.code)) {
    metrics.deadLettered(of, code, letters.length);
  }
}
