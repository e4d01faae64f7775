import { afterEach, describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../../src/errors.ts";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import type { EventsPage, EventsRequest, History } from "../../../../src/history/history.ts";
import { HEADER, type Headers } from "../../../../src/model/event.ts";
import { unseal } from "../../../../src/model/sealed-text.ts";
import type { Payload, Value } from "../../../../src/model/value.ts";
import type { Filter } from "../../../../src/read-model/read-model.ts";
import type { Authorize, Decision } from "../../../../src/security/authorize.ts";
import { appuser } from "../../example-catalogs.ts";
import { type Harness, codes, dataOf, messages, openHarness } from "../../harness.ts";
import { owned } from "../../owned-catalogs.ts";
import { event } from "../../subscription/items.ts";

const PAGE = `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  userEvents(id: $id, first: $first, after: $after, last: $last, before: $before) {
    nodes {
      __typename
      ... on UserChanged { id first_name _meta { partition offset timestamp eventType cursor } }
      ... on UserTombstone { id _meta { offset } }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}`;

const META: Value = {
  partition: 1,
  offset: 7,
  type: "app.user.UserChanged",
  created: new Date(0),
  updated: new Date("2024-05-18T10:00:00Z"),
};

const happened = (name: string | undefined, offset: number, payload: Payload = {}): EventsPage["events"][number] => {
  const { id, event: decoded, record } = event(appuser, name, "1", payload);
  return { id, event: decoded, record: { ...record, offset } };
};

const past = (firstname: string): Payload & { readonly _id: string } => ({
  _id: "1",
  firstname,
  last_name: "L",
  _meta: META,
});

describe("the history of a key", () => {
  let harness: Harness;
  const events = vi.fn<History["events"]>();
  const documentAt = vi.fn<History["documentAt"]>();

  afterEach(async () => {
    vi.resetAllMocks();
    await harness.close();
  });

  const open = async (decision: Decision = { allow: true }): Promise<Harness> => {
    const authorize: Authorize = () => decision;
    harness = await openHarness(appuser, { history: { events, documentAt }, authorize });
    return harness;
  };
  const limitedTo = async (filter: Filter): Promise<Harness> => await open({ allow: true, filter });
  const asked = (): Partial<EventsRequest> => events.mock.lastCall?.[0] ?? {};

  it("says of each event which transaction it is of, and what made that invalid", async () => {
    harness = await openHarness(owned, { history: { events, documentAt } });
    const moved = (offset: number, headers: Headers): EventsPage["events"][number] => {
      const { id, event: decoded, record } = event(owned, "MoneyMoved", "1", { amount: 5n }, headers);
      return { id, event: decoded, record: { ...record, offset } };
    };
    const invalidated = { reason: "wrong", at: new Date(0), offset: 9 };
    const page = [moved(3, {}), { ...moved(4, { [HEADER.transaction]: "41" }), invalidated }];
    events.mockResolvedValue({ events: page, more: false, positions: [10] });
    const query = `{ accountEvents(id: "1") { nodes { ... on MoneyMoved {
      _meta { transaction invalidated { reason at offset } }
    } } } }`;
    expect(dataOf(await harness.run(query))).toEqual({
      accountEvents: {
        nodes: [
          { _meta: { transaction: null, invalidated: null } },
          {
            _meta: {
              transaction: "41",
              invalidated: { reason: "wrong", at: "1970-01-01T00:00:00.000Z", offset: "9" },
            },
          },
        ],
      },
    });
  });

  describe("userEvents", () => {
    it("shows each event as its type, tombstones too, and where the page stands", async () => {
      await open();
      const added = happened("UserChanged", 3, { first_name: "Ada", last_name: "L" });
      events.mockResolvedValue({ events: [added, happened(undefined, 9)], more: true, positions: [5, 10] });
      const data = dataOf(await harness.run(PAGE, { variables: { id: "1", first: 2 } }));
      expect(data).toMatchObject({
        userEvents: {
          nodes: [
            {
              __typename: "UserChanged",
              id: "1",
              first_name: "Ada",
              _meta: {
                partition: 1,
                offset: "3",
                timestamp: "2024-05-17T10:00:00.123Z",
                eventType: "app.user.UserChanged",
              },
            },
            { __typename: "UserTombstone", id: "1", _meta: { offset: "9" } },
          ],
          pageInfo: { hasNextPage: true, hasPreviousPage: false },
        },
      });
      expect(asked()).toMatchObject({ id: "1", limit: 2, newest: false, after: undefined, before: undefined });
    });

    it("gives each event the cursor with which subscribers go on after it", async () => {
      await open();
      const added = happened("UserChanged", 3, { first_name: "Ada", last_name: "L" });
      events.mockResolvedValue({ events: [added], more: false, positions: [5, 10] });
      const query = 'query { userEvents(id: "1") { nodes { ... on UserChanged { _meta { cursor } } } } }';
      const { data } = await harness.run(query);
      const text = /"cursor":"([^"]+)"/.exec(JSON.stringify(data))?.[1] ?? "";
      expect(unseal(text)).toEqual({ version: 1, topic: "appuser", next: [5, 4] });
    });

    it.each([
      [{}, { limit: 100, newest: false }],
      [{ first: 5 }, { limit: 5, newest: false }],
      [{ last: 5 }, { limit: 5, newest: true }],
      [
        { first: null, last: null, after: null, before: null },
        { limit: 100, newest: false },
      ],
    ])("asks for the page of %j", async (variables, request) => {
      await open();
      events.mockResolvedValue({ events: [], more: false, positions: [0] });
      const result = await harness.run(PAGE, { variables: { id: "1", ...variables } });
      expect(dataOf(result)).toEqual({
        userEvents: {
          nodes: [],
          pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
        },
      });
      expect(asked()).toMatchObject(request);
    });

    it("goes on from its cursors, which are of one key alone", async () => {
      await open();
      const changed = happened("UserChanged", 3, { first_name: "A", last_name: "L" });
      events.mockResolvedValue({ events: [changed, happened(undefined, 9)], more: true, positions: [5, 10] });
      const { data } = await harness.run(PAGE, { variables: { id: "1" } });
      const cursorOf = (name: string): string =>
        new RegExp(`"${name}":"([^"]+)"`).exec(JSON.stringify(data))?.[1] ?? "";
      const [after, before] = [cursorOf("startCursor"), cursorOf("endCursor")];
      const next = await harness.run(PAGE, { variables: { id: "1", after, before } });
      expect(asked()).toMatchObject({ after: 3, before: 9 });
      expect(JSON.stringify(next.data)).toContain('"hasNextPage":true,"hasPreviousPage":true');
      await harness.run(PAGE, { variables: { id: "1", last: 1, before } });
      expect(asked()).toMatchObject({ newest: true, before: 9 });
      expect(codes(await harness.run(PAGE, { variables: { id: "2", after } }))).toEqual(["BAD_USER_INPUT"]);
    });

    it.each([
      [{ first: 1, last: 1 }, "BAD_USER_INPUT"],
      [{ first: -1 }, "BAD_USER_INPUT"],
      [{ last: defaultLimits.maxPageSize + 1 }, "LIMIT_EXCEEDED"],
      [{ after: "nonsense" }, "BAD_USER_INPUT"],
      [{ before: "" }, "BAD_USER_INPUT"],
      [{ id: "" }, "KEY_INVALID"],
    ])("refuses %j", async (variables, code) => {
      await open();
      expect(codes(await harness.run(PAGE, { variables: { id: "1", ...variables } }))).toEqual([code]);
      expect(events).not.toHaveBeenCalled();
    });

    it("tells what the history says", async () => {
      await open();
      events.mockRejectedValue(new EventQLError("LIMIT_EXCEEDED", "too far"));
      expect(codes(await harness.run(PAGE, { variables: { id: "1" } }))).toEqual(["LIMIT_EXCEEDED"]);
    });

    it("shares one budget among all that a request asks for, and gives each request its own", async () => {
      await open();
      events.mockImplementation(async ({ budget }) => {
        budget.left -= 4_000;
        return await Promise.resolve({ events: [], more: false, positions: [] });
      });
      const twice =
        'query { a: userEvents(id: "1") { nodes { __typename } } b: userEvents(id: "1") { nodes { __typename } } }';
      await harness.run(twice);
      expect(asked().budget?.left).toBe(2_000);
      await harness.run(twice);
      expect(asked().budget?.left).toBe(2_000);
    });
  });

  describe("what was", () => {
    const AS_OF = "query ($id: ID!, $asOf: AsOf) { user(id: $id, asOf: $asOf) { id firstname _meta { version } } }";
    const at = async (asOf: unknown) => await harness.run(AS_OF, { variables: { id: "1", asOf } });

    it.each([
      [{ offset: "9007199254740991" }, { offset: 9_007_199_254_740_991 }],
      [{ offset: 4 }, { offset: 4 }],
      [{ timestamp: "2024-05-17T10:00:00.123999Z" }, { timestamp: 1_715_940_000_123 }],
      [{ timestamp: "1969-12-31T23:59:59.999500Z" }, { timestamp: -1 }],
    ])("is asked for %j", async (asOf, moment) => {
      await open();
      documentAt.mockResolvedValue(past("Ada"));
      expect(dataOf(await at(asOf))).toEqual({ user: { id: "1", firstname: "Ada", _meta: { version: "7" } } });
      expect(documentAt.mock.lastCall?.[1]).toEqual(moment);
    });

    it("is null where there was nothing, and as it is now without a moment", async () => {
      await open();
      documentAt.mockResolvedValue(undefined);
      expect(dataOf(await at({ offset: 1 }))).toEqual({ user: null });
      await harness.store("users", [past("Now")]);
      expect(dataOf(await at(null))).toMatchObject({ user: { firstname: "Now" } });
      expect(documentAt).toHaveBeenCalledTimes(1);
    });

    it("is of one moment, which can be", async () => {
      await open();
      expect(codes(await at({ offset: -1 }))).toEqual(["BAD_USER_INPUT"]);
      const both = 'query { user(id: "1", asOf: { offset: 1, timestamp: "2024-05-17T10:00:00Z" }) { id } }';
      expect(messages(await harness.run(both))).toContain("exactly one");
    });
  });

  describe("callers who may not see everything", () => {
    const NAMES = 'query { userEvents(id: "1") { nodes { ... on UserChanged { first_name last_name } } } }';
    const AS_OF = 'query { user(id: "1", asOf: { offset: 3 }) { firstname } }';

    it("are told nothing where they may not read", async () => {
      await open({ allow: false, reason: "no" });
      expect([codes(await harness.run(NAMES)), codes(await harness.run(AS_OF))]).toEqual([
        ["FORBIDDEN"],
        ["FORBIDDEN"],
      ]);
      expect([events, documentAt].every((read) => read.mock.calls.length === 0)).toBe(true);
    });

    it("see their columns alone", async () => {
      await open({ allow: true, columns: new Set(["last_name"]) });
      const changed = happened("UserChanged", 3, { first_name: "Ada", last_name: "L" });
      events.mockResolvedValue({ events: [changed], more: false, positions: [] });
      documentAt.mockResolvedValue(past("Ada"));
      const shown = await harness.run(NAMES);
      expect(codes(shown)).toEqual(["FORBIDDEN"]);
      expect(JSON.stringify(shown.data)).not.toContain("Ada");
      expect(codes(await harness.run(AS_OF))).toEqual(["FORBIDDEN"]);
    });

    it("see the history of their keys, and of no other", async () => {
      await limitedTo({ _id: { $in: ["1"] } });
      events.mockResolvedValue({ events: [happened(undefined, 3)], more: false, positions: [] });
      documentAt.mockResolvedValue(past("Ada"));
      expect(dataOf(await harness.run(NAMES))).toEqual({ userEvents: { nodes: [{}] } });
      expect(dataOf(await harness.run(AS_OF))).toEqual({ user: { firstname: "Ada" } });
      await harness.close();
      await limitedTo({ _id: "2" });
      events.mockClear();
      documentAt.mockClear();
      expect(dataOf(await harness.run(NAMES))).toEqual({ userEvents: { nodes: [] } });
      expect(dataOf(await harness.run(AS_OF))).toEqual({ user: null });
      expect([events, documentAt].every((read) => read.mock.calls.length === 0)).toBe(true);
    });

    it("see no events where their rows depend on more than keys", async () => {
      await limitedTo({ last_name: "L" });
      await harness.store("users", [past("Now")]);
      const refused = await harness.run(NAMES);
      expect(codes(refused)).toEqual(["FORBIDDEN"]);
      expect(messages(refused)).toContain("user(id:, asOf:)");
      expect(events).not.toHaveBeenCalled();
    });

    it("see what was of a document that they may see now, where it was one of theirs then", async () => {
      await limitedTo({ last_name: "L" });
      documentAt.mockResolvedValue(past("Then"));
      expect(dataOf(await harness.run(AS_OF))).toEqual({ user: null });
      expect(documentAt).not.toHaveBeenCalled();
      await harness.store("users", [past("Now")]);
      expect(dataOf(await harness.run(AS_OF))).toEqual({ user: { firstname: "Then" } });
      documentAt.mockResolvedValue({ ...past("Foreign"), last_name: "M" });
      expect(dataOf(await harness.run(AS_OF))).toEqual({ user: null });
    });
  });
});
