import type { EventLog } from "../event-log/event-log.ts";
import type { NewRecord } from "../model/event.ts";
import type { Position } from "../model/position.ts";
import { errorTypeOf } from "../telemetry/error-type.ts";
import { inSendSpan } from "../telemetry/messaging-spans.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { partitionAttributes } from "../telemetry/semantic-conventions.ts";
import type { Tracer } from "../telemetry/tracing.ts";

/** Where a record is appended to, and who is told of it. */
export interface AppendTarget {
  readonly log: Pick<EventLog, "append">;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  readonly topic: string;
  /** The record's own id. */
  readonly eventId: string;
  /** The W3C trace context of who asks. */
  readonly parent: string | undefined;
}

/** Makes a record and appends it, measured and traced: the record carries the context of the append's span. */
export async function appendRecord(
  { log, metrics, tracer, topic, eventId, parent }: AppendTarget,
  recordOf: (context: string | undefined) => Omit<NewRecord, "topic">,
): Promise<Position> {
  const started = performance.now();
  let code = "OK";
  try {
    return await inSendSpan(tracer, { topic, eventId, parent }, async (span) => {
      const position = await log.append({ topic, ...recordOf(span.traceparent) });
      span.set(partitionAttributes(position));
      return position;
    });
  } catch (error) {
    code = errorTypeOf(error);
    throw error;
  } finally {
    metrics.appended(topic, code, (performance.now() - started) / 1_000);
  }
}
