import type { EventCodec } from "../catalog/codec.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { newId } from "../model/new-id.ts";
import { encodeReceipt } from "../model/receipt.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { type Tracer, noTracer } from "../telemetry/tracing.ts";
import { appendRecord } from "./append-record.ts";
import type { Appended, Appender } from "./appender.ts";
import { TOMBSTONE_TYPE, cloudEventHeaders } from "./cloud-event-headers.ts";
import { checkedKey, newKey } from "./key.ts";

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

/** An append to an open topic. */
interface OpenAppend {
  readonly topic: string;
  readonly id: string;
  /** The full Avro name of the event's type. */
  readonly type: string;
  readonly parent: string | undefined;
  readonly value: () => Uint8Array | null;
}

/** Appends events to topics that any gateway may write to. */
export function createAppender(options: OpenAppenderOptions): Appender {
  const { codec } = options;
  return {
    async append({ eventType, id = newKey(undefined), payload, traceparent: parent }) {
      const { topic, fullName: type } = eventType;
      return await appendTo({ topic, id, type, parent, value: () => codec.encode(eventType, payload) }, options);
    },
    async appendTombstone({ topic }, id, parent) {
      return await appendTo({ topic, id, type: TOMBSTONE_TYPE, parent, value: () => null }, options);
    },
  };
}

async function appendTo(
  { topic, id, type, parent, value }: OpenAppend,
  { log, source, metrics = noMetrics, tracer = noTracer }: OpenAppenderOptions,
): Promise<Appended> {
  const eventId = newId();
  const position = await appendRecord({ log, metrics, tracer, topic, eventId, parent }, (traceparent) => ({
    key: checkedKey(id),
    value: value(),
    headers: cloudEventHeaders({ id: eventId, type, source, traceparent }),
  }));
  return { id, eventId, position, receipt: encodeReceipt(position) };
}
