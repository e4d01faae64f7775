import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import type { EventCodec } from "../../../src/catalog/codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import type { Catalog, EventType } from "../../../src/catalog/types.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";

/** A codec over one topic, `things`, whose newest schema is the catalog's. */
export interface Harness {
  readonly registry: FakeRegistry;
  readonly codec: EventCodec;
  readonly catalog: Catalog;
  /** The ids of the schemas, in their order. */
  readonly ids: readonly number[];
  readonly eventType: EventType;
}

/** Registers schemas as versions of `things-value`. Codecs know all of them. */
export async function harness(...schemas: readonly unknown[]): Promise<Harness> {
  const registry = new FakeRegistry();
  const ids: number[] = [];
  for (const schema of schemas) ids.push(await registry.add("things-value", schema));
  const catalog = await gatherCatalog(registry);
  const codec = createCodec(registry, () => catalog);
  for (const id of ids) await codec.prepare("things", id);
  return { registry, codec, catalog, ids, eventType: onlyEventType(catalog) };
}

/** The catalog's first event type. */
export function onlyEventType(catalog: Catalog): EventType {
  const [eventType] = catalog.aggregates.flatMap(({ eventTypes }) => eventTypes);
  if (eventType === undefined) throw new TypeError(`no event type, but ${JSON.stringify(catalog.skipped)}`);
  return eventType;
}

/** A message in the Confluent wire format. */
export function message(id: number, body: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  return Buffer.concat([header, body]);
}

/** A record schema of fields. */
export function record(fields: Readonly<Record<string, unknown>>, name = "Thing"): unknown {
  return {
    type: "record",
    name,
    fields: Object.entries(fields).map(([field, type]) =>
      typeof type === "object" && type !== null && "of" in type
        ? { name: field, type: type.of, ...type, of: undefined }
        : { name: field, type },
    ),
  };
}
