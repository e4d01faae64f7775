import { CatalogGate, type CatalogGateOptions } from "../catalog/catalog-gate.ts";
import type { EventCodec } from "../catalog/codec.ts";
import { isIntermediate } from "../model/origin.ts";
import { type DecodedItem, decodeBatch, schemaTopicOf } from "./decode-batch.ts";

/** What the gate before a projected partition works with. */
export interface ProjectorGateOptions extends Pick<CatalogGateOptions<DecodedItem>, "catalog" | "logger" | "signal"> {
  readonly codec: EventCodec;
  readonly topic: string;
}

/** The gate before a partition of `topic`. */
export function projectorGate({ codec, topic, ...options }: ProjectorGateOptions): CatalogGate<DecodedItem> {
  return new CatalogGate({
    ...options,
    ...(isIntermediate(topic) ? { topicOf: schemaTopicOf } : {}),
    codec,
    decode: (records) => {
      const { items, unprepared } = decodeBatch(codec, topic, records);
      return { items, unprepared: [...unprepared].map((schemaId) => ({ topic, schemaId })) };
    },
  });
}
