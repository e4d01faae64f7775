import { HEADER, type Headers } from "../model/event.ts";
import { isoNow } from "../model/iso-now.ts";

/** What a record's headers say of it. */
export interface Described {
  /** Its own id. */
  readonly id: string;
  /** The full Avro name of its type, or a name of ours for what has none. */
  readonly type: string;
  /** Who writes it: a URI reference. */
  readonly source: string;
  /** The W3C trace context that it is written in. */
  readonly traceparent: string | undefined;
}

/** The type of a tombstone, which has no schema. */
export const TOMBSTONE_TYPE = "eventql.tombstone";

/** CloudEvents 1.0, Kafka protocol binding, binary content mode, as of now; and W3C's trace context, if there is one. */
export function cloudEventHeaders({ id, type, source, traceparent }: Described): Headers {
  const headers = {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: id,
    [HEADER.type]: type,
    [HEADER.source]: source,
    [HEADER.time]: isoNow(),
  };
  return traceparent === undefined ? headers : { ...headers, [HEADER.traceparent]: traceparent };
}
