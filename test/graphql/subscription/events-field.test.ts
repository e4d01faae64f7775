import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { aggregate, catalogOf, column, eventType, field, needed, nullable, record } from "../sketch.ts";
import { event } from "./items.ts";
import { Live, codeOf } from "./live.ts";

const FOLLOW = `subscription ($ids: [ID!], $after: Cursor) {
  userEventStream(ids: $ids, after: $after) {
    __typename
    ... on UserChanged { id first_name _meta { eventType eventId topic partition offset timestamp cursor } }
    ... on UserEmailChanged { email }
    ... on UserTombstone { id _meta { eventType offset } }
  }
}`;

describe("userEventStream", () => {
  it.each([
    ["nothing", {}, { ids: undefined, after: undefined }],
    ["null", { ids: null, after: null }, { ids: undefined, after: undefined }],
    ["keys", { ids: ["a", "b", "a"] }, { ids: new Set(["a", "b"]) }],
    ["no keys", { ids: [] }, { ids: new Set() }],
    ["a cursor", { after: "here" }, { after: "here" }],
  ])("asks the feed for %s", async (_what, variables, request) => {
    const live = new Live(appuser);
    await live.follow(FOLLOW, { variables });
    expect(live.events.last.request).toMatchObject({
      topic: "appuser",
      eventTypes: new Set(["app.user.UserChanged", "app.user.UserEmailChanged", "app.user.UserDeactivated"]),
      tombstones: true,
      ...request,
    });
  });

  it.each([
    ["too many keys", ["a", "b", "c"], "LIMIT_EXCEEDED"],
    ["what can't be a key", [""], "KEY_INVALID"],
  ])("refuses %s", async (_what, ids, code) => {
    const live = new Live(appuser, { limits: { ...defaultLimits, maxInLength: 2 } });
    await expect(codeOf(live.follow(FOLLOW, { variables: { ids } }))).resolves.toBe(code);
  });

  it("shows each event as its type, and a tombstone", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(FOLLOW);
    live.events.emit(
      event(appuser, "UserChanged", "1", { first_name: "Ada", last_name: "Lovelace" }, { ce_id: "event-1" }),
    );
    live.events.emit(event(appuser, "UserEmailChanged", "1", { email: null }));
    live.events.emit(event(appuser, undefined, "1"));
    expect(inbox.results.map(({ data }) => data?.["userEventStream"])).toEqual([
      {
        __typename: "UserChanged",
        id: "1",
        first_name: "Ada",
        _meta: {
          eventType: "app.user.UserChanged",
          eventId: "event-1",
          topic: "appuser",
          partition: 1,
          offset: "7",
          timestamp: "2024-05-17T10:00:00.123Z",
          cursor: "after 1",
        },
      },
      { __typename: "UserEmailChanged", email: null },
      { __typename: "UserTombstone", id: "1", _meta: { eventType: null, offset: "7" } },
    ]);
  });

  it("goes on with the schema that it began with when the catalog is another one", async () => {
    const newer = structuredClone(appuser);
    const live = new Live(appuser);
    const inbox = await live.follow(FOLLOW);
    const { eventTypes } = live.events.last.request;
    live.events.emit(event(newer, "UserChanged", "1", { first_name: "Ada", last_name: "L", nickname: "A" }));
    expect(inbox.results).toMatchObject([
      { data: { userEventStream: { __typename: "UserChanged", first_name: "Ada" } } },
    ]);
    expect(eventTypes?.has("app.user.UserRenamed")).toBe(false);
  });

  it("reads what a newer schema has dropped as its default", async () => {
    const type = record("x.Counted", [field("by", needed("int"), { default: 1 }), field("why", nullable("string"))]);
    const catalog = catalogOf(aggregate("Counter", { eventTypes: [eventType(type)] }));
    const live = new Live(catalog);
    const inbox = await live.follow("subscription { counterEventStream { ... on Counted { by why } } }");
    live.events.emit(event(catalog, "Counted", "1", { more: true }));
    expect(inbox.results).toEqual([{ data: { counterEventStream: { by: 1, why: null } } }]);
  });
});

describe("the fields of an event", () => {
  const shop: Catalog = catalogOf(
    aggregate("Article", {
      columns: [column("secret", nullable("string"), { hidden: true }), column("title", nullable("string"))],
      eventTypes: [
        eventType(
          record("x.Added", [
            field("sku", needed("string")),
            field("id", needed("string")),
            field("_meta", needed("string")),
            field("payload_id", needed("int")),
            field("title", needed("string"), { aliases: ["name", "id"] }),
          ]),
          { keys: ["sku"] },
        ),
        eventType(record("x.Gone", [field("secret", needed("string")), field("reason", needed("string"))]), {
          effect: "delete",
        }),
      ],
    }),
  );
  const fieldsOf = (type: string): readonly string[] => {
    const found = new Live(shop).schema.getType(type);
    return found !== undefined && "getFields" in found ? Object.keys(found.getFields()).sort() : [];
  };

  it("leave the key out, give the names of ours up, and keep older names", () => {
    expect(fieldsOf("Added")).toEqual(
      ["_meta", "id", "name", "payload__meta", "payload_id", "payload_id_", "title"].sort(),
    );
  });

  it("leave out what is hidden, also where the event sets no columns", () => {
    expect(fieldsOf("Gone")).toEqual(["_meta", "id", "reason"]);
  });

  it("show the payload under the names given", async () => {
    const live = new Live(shop);
    const inbox = await live.follow(
      "subscription { articleEventStream { ... on Added { id payload_id payload_id_ payload__meta name title } } }",
    );
    live.events.emit(event(shop, "Added", "k", { sku: "k", id: "inner", _meta: "m", payload_id: 3, title: "T" }));
    expect(inbox.results).toEqual([
      {
        data: {
          articleEventStream: {
            id: "k",
            payload_id: 3,
            payload_id_: "inner",
            payload__meta: "m",
            name: "T",
            title: "T",
          },
        },
      },
    ]);
  });
});
