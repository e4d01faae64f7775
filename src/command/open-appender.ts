import { v7 as uuidv7 } from "uuid";
import type { EventCodec } from "../catalog/codec.ts";
import type { EventType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { HEADER, type Headers, type NewRecord } from "../model/event.ts";
import { encodeReceipt } from "../model/receipt.ts";
import { errorTypeOf } from "../telemetry/error-type.ts";
import { inSendSpan } from "../telemetry/messaging-spans.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { partitionAttributes } from "../telemetry/semantic-conventions.ts";
import { type Tracer, noTracer } from "../telemetry/tracing.ts";
import type { Appended, Appender } from "./appender.ts";

/** What appending to open topics needs. */
export interface OpenAppenderOptions {
  readonly log: Pick<EventLog, "append">;
  readonly codec: Pick<EventCodec, "encode">;
  /** Who writes, as the CloudEvents attribute `source` has it: a URI reference. */
  readonly source: string;
  /** Default: nothing is counted. */
  readonly metrics?: Metrics;
  /** Default: the caller's trace context is passed on, and nothing is traced. */
  readonly tracer?: Tracer;
}

const MAX_KEY_BYTES = 1_024;

/** Appends events to topics that any gateway may write to. */
export function createAppender(options: OpenAppenderOptions): Appender {
  const { codec, source } = options;
  return {
    async append({ eventType, id = uuidv7(), payload, traceparent }) {
      return await appendTo(eventType.topic, traceparent, options, (eventId, context) => ({
        topic: eventType.topic,
        key: checkedKey(id),
        value: codec.encode(eventType, payload),
        headers: headersOf(eventId, eventType, source, context),
      }));
    },
    async appendTombstone({ topic }, id, traceparent) {
      return await appendTo(topic, traceparent, options, (eventId, context) => ({
        topic,
        key: checkedKey(id),
        value: null,
        headers: headersOf(eventId, undefined, source, context),
      }));
    },
  };
}

/** Makes a record and appends it, measured and traced: the record carries the context of the append's span. */
async function appendTo(
  topic: string,
  parent: string | undefined,
  { log, metrics = noMetrics, tracer = noTracer }: OpenAppenderOptions,
  recordOf: (eventId: string, context: string | undefined) => NewRecord,
): Promise<Appended> {
  const started = performance.now();
  const eventId = uuidv7();
  let code = "OK";
  try {
    return await inSendSpan(tracer, { topic, eventId, parent }, async (span) => {
      const record = recordOf(eventId, span.traceparent);
      const position = await log.append(record);
      span.set(partitionAttributes(position));
      return { id: record.key, eventId, position, receipt: encodeReceipt(position) };
    });
  } catch (error) {
    code = errorTypeOf(error);
    throw error;
  } finally {
    metrics.appended(topic, code, (performance.now() - started) / 1_000);
  }
}

/** CloudEvents 1.0, Kafka protocol binding, binary content mode; and W3C's trace context, if there is one. */
function headersOf(
  eventId: string,
  eventType: EventType | undefined,
  source: string,
  context: string | undefined,
): Headers {
  const headers = {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: eventId,
    [HEADER.type]: eventType?.fullName ?? "eventql.tombstone",
    [HEADER.source]: source,
    [HEADER.time]: new Date().toISOString(),
  };
  return context === undefined ? headers : { ...headers, [HEADER.traceparent]: context };
}

function checkedKey(id: string): string {
  if (id === "") throw new EventQLError("KEY_INVALID", "The id is empty: leave it out to have one made.");
  if (!id.isWellFormed())
    throw new EventQLError("KEY_INVALID", "The id has a lone surrogate: it must be Unicode text.");
  if (Buffer.byteLength(id) <= MAX_KEY_BYTES) return id;
  throw new EventQLError("KEY_INVALID", `The id has more than ${MAX_KEY_BYTES} bytes of UTF-8: use a shorter one.`);
}
