import { isUtf8 } from "node:buffer";
import type { CommandCodec } from "../../catalog/codec.ts";
import { invalidationOf } from "../../catalog/invalidation-event.ts";
import type { LogRecord } from "../../model/event.ts";
import type { TailEvent } from "./stored-states.ts";

/** What an event of an owned topic means for the states of its keys. */
export type TailItem =
  | { readonly kind: "event"; readonly event: TailEvent }
  | {
      readonly kind: "invalidation";
      readonly transaction: number;
      readonly keys: readonly string[];
      readonly partition: number;
      readonly offset: number;
    };

/** Reads events of a topic, in order. @throws EventQLError what `EventCodec.prepare` does. */
export async function tailItems(
  codec: Pick<CommandCodec, "decode" | "prepare">,
  topic: string,
  records: readonly LogRecord[],
): Promise<readonly TailItem[]> {
  const items: TailItem[] = [];
  for (const record of records) {
    const item = itemOf(codec, topic, record);
    const prepared = typeof item === "number" ? await prepare(codec, topic, record, item) : item;
    if (prepared !== undefined) items.push(prepared);
  }
  return items;
}

async function prepare(
  codec: Pick<CommandCodec, "decode" | "prepare">,
  topic: string,
  record: LogRecord,
  schemaId: number,
): Promise<TailItem | undefined> {
  await codec.prepare(topic, schemaId);
  const item = itemOf(codec, topic, record);
  return typeof item === "number" ? undefined : item;
}

/** Undefined: it is about no key; a number: the schema that has to be prepared. */
function itemOf(codec: Pick<CommandCodec, "decode">, topic: string, record: LogRecord): TailItem | number | undefined {
  const { key: bytes, value, partition, offset, timestamp } = record;
  const invalidation = invalidationOf(record);
  if (invalidation !== undefined) {
    const { transaction, keys } = invalidation;
    return { kind: "invalidation", transaction, keys, partition, offset };
  }
  if (bytes === null || !isUtf8(bytes)) return undefined;
  const key = Buffer.from(bytes).toString();
  const at = { key, partition, offset };
  if (value === null) {
    return { kind: "event", event: { ...at, record: { ...at, timestamp, writer: undefined, payload: {}, value } } };
  }
  const decoded = codec.decode(topic, value);
  if (decoded.status === "unprepared") return decoded.schemaId;
  if (decoded.status === "undecodable") return { kind: "event", event: { ...at, record: undefined } };
  const { writer, payload } = decoded;
  return { kind: "event", event: { ...at, record: { ...at, timestamp, writer, payload, value } } };
}
