import type { Catalog, EventType } from "../../../src/catalog/types.ts";
import type { ChangeItem } from "../../../src/feed/change-feed.ts";
import type { EventItem } from "../../../src/feed/event-feed.ts";
import type { Headers } from "../../../src/model/event.ts";
import type { Payload, Value } from "../../../src/model/value.ts";

const META: Value = {
  partition: 2,
  offset: 41,
  type: "app.user.UserChanged",
  created: new Date("2024-05-17T10:00:00Z"),
  updated: new Date("2024-05-18T10:00:00Z"),
};

/** An update of a document; its cursor is `after <id>` unless told. */
export function change(id: string, columns: Payload = {}, parts: Partial<ChangeItem> = {}): ChangeItem {
  return {
    operation: "UPDATE",
    id,
    document: { _id: id, _meta: META, ...columns },
    previous: undefined,
    cursor: `after ${id}`,
    ...parts,
  };
}

/** An event of a type, by its name in GraphQL, or a tombstone. */
export function event(
  catalog: Catalog,
  name: string | undefined,
  id: string,
  payload: Payload = {},
  headers: Headers = {},
): EventItem {
  const found = name === undefined ? undefined : typeOf(catalog, name);
  const record = { topic: "appuser", partition: 1, offset: 7, timestamp: 1_715_940_000_123, headers };
  return {
    id,
    event: found && {
      status: "decoded",
      writer: { schemaId: 1, eventType: found, fields: new Set(Object.keys(payload)) },
      payload,
    },
    record: { ...record, key: Buffer.from(id), value: found === undefined ? null : Buffer.from("avro") },
    cursor: `after ${id}`,
  };
}

function typeOf({ aggregates }: Catalog, wanted: string): EventType {
  const found = aggregates.flatMap(({ eventTypes }) => eventTypes).find(({ name }) => name === wanted);
  if (found === undefined) throw new TypeError(`no event type ${wanted}`);
  return found;
}
