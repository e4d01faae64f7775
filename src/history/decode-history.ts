import type { EventCodec } from "../catalog/codec.ts";
import type { LogRecord } from "../model/event.ts";
import { type BatchItem, decodeBatch } from "../projector/decode-batch.ts";

/** Decodes records as the projector does; what can't be decoded any more is a bad item. @throws `REGISTRY_UNAVAILABLE`. */
export async function decodeHistory(
  codec: EventCodec,
  topic: string,
  records: readonly LogRecord[],
): Promise<readonly BatchItem[]> {
  for (;;) {
    const { items, unprepared } = decodeBatch(codec, topic, records);
    if (unprepared.size === 0) return items;
    for (const schemaId of unprepared) await codec.prepare(topic, schemaId);
  }
}
