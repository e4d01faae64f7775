import { v7 as uuidv7 } from "uuid";
import type { EventCodec } from "../catalog/codec.ts";
import type { EventType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import type { EventLog } from "../event-log/event-log.ts";
import { HEADER, type Headers, type NewRecord } from "../model/event.ts";
import { encodeReceipt } from "../model/receipt.ts";
import type { Appended, Appender } from "./appender.ts";

/** What appending to open topics needs. */
export interface OpenAppenderOptions {
  readonly log: EventLog;
  readonly codec: EventCodec;
  /** Who writes, as the CloudEvents attribute `source` has it: a URI reference. */
  readonly source: string;
}

const MAX_KEY_BYTES = 1_024;

/** Appends events to topics that any gateway may write to. */
export function createAppender({ log, codec, source }: OpenAppenderOptions): Appender {
  const append = async (record: NewRecord, eventId: string): Promise<Appended> => {
    const position = await log.append(record);
    return { id: record.key, eventId, position, receipt: encodeReceipt(position) };
  };
  return {
    async append({ eventType, id = uuidv7(), payload, traceparent }) {
      const key = checkedKey(id);
      const value = codec.encode(eventType, payload);
      const eventId = uuidv7();
      const headers = {
        ...headersOf(eventId, eventType, source),
        ...(traceparent === undefined ? {} : { traceparent }),
      };
      return await append({ topic: eventType.topic, key, value, headers }, eventId);
    },
    async appendTombstone(aggregate, id) {
      const eventId = uuidv7();
      const headers = headersOf(eventId, undefined, source);
      return await append({ topic: aggregate.topic, key: checkedKey(id), value: null, headers }, eventId);
    },
  };
}

/** CloudEvents 1.0, Kafka protocol binding, binary content mode. */
function headersOf(eventId: string, eventType: EventType | undefined, source: string): Headers {
  return {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: eventId,
    [HEADER.type]: eventType?.fullName ?? "eventql.tombstone",
    [HEADER.source]: source,
    [HEADER.time]: new Date().toISOString(),
  };
}

function checkedKey(id: string): string {
  if (id === "") throw new EventQLError("KEY_INVALID", "The id is empty: leave it out to have one made.");
  if (!id.isWellFormed())
    throw new EventQLError("KEY_INVALID", "The id has a lone surrogate: it must be Unicode text.");
  if (Buffer.byteLength(id) <= MAX_KEY_BYTES) return id;
  throw new EventQLError("KEY_INVALID", `The id has more than ${MAX_KEY_BYTES} bytes of UTF-8: use a shorter one.`);
}
