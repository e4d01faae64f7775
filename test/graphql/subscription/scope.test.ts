import { describe, expect, it } from "vitest";
import type { Authorize, Decision, Scope } from "../../../src/security/authorize.ts";
import { appuser } from "../example-catalogs.ts";
import { aggregate, catalogOf, column, needed } from "../sketch.ts";
import { change, event } from "./items.ts";
import { type Ask, Live, codeOf, messageOfFailure } from "./live.ts";

/** A policy that limits subscribing and reading, or denies one of them. */
function limited(subscribe: Scope | false, read: Scope | false = subscribe): Authorize {
  return (_context, action): Decision => {
    const scope = action === "subscribe" ? subscribe : read;
    return scope === false ? { allow: false, reason: "not you" } : { allow: true, ...scope };
  };
}

const OWN = { owner: "a" };
const CHANGES = "subscription ($where: UserWhere) { userChanges(where: $where) { id user { firstname email } } }";
const EVENTS = `subscription ($ids: [ID!]) { userEventStream(ids: $ids) {
  ... on UserChanged { id first_name last_name } ... on UserEmailChanged { email } ... on UserTombstone { id }
} }`;

describe("who may not", () => {
  it.each([
    ["subscribe", limited(false, {})],
    ["read", limited({}, false)],
  ])("%s gets nothing by any way", async (_what, authorize) => {
    const live = new Live(appuser, { authorize });
    for (const query of [CHANGES, EVENTS]) {
      await expect(codeOf(live.follow(query))).resolves.toBe("FORBIDDEN");
      await expect(codeOf(live.iterate(query))).resolves.toBe("FORBIDDEN");
    }
    expect([...live.changes.subscribed, ...live.events.subscribed]).toEqual([]);
  });
});

describe("rows", () => {
  it.each([
    ["the same to both", OWN, OWN, OWN],
    ["subscribing", OWN, undefined, OWN],
    ["reading", undefined, OWN, OWN],
    ["either otherwise", OWN, { team: 1 }, { $and: [OWN, { team: 1 }] }],
  ])("are limited by %s", async (_what, subscribe, read, scope) => {
    const live = new Live(appuser, {
      authorize: limited(subscribe ? { filter: subscribe } : {}, read ? { filter: read } : {}),
    });
    await live.follow(CHANGES, { variables: { where: { firstname: { eq: "Ada" } } } });
    expect(live.changes.last.request).toMatchObject({ where: { firstname: { $eq: "Ada" } }, scope });
  });

  it("rest on hidden columns too, which documents that were made anew have to have", async () => {
    const secret = column("secret", needed("string"), { hidden: true });
    const catalog = catalogOf(aggregate("User", { columns: [column("name", needed("string")), secret] }));
    const columnsOf = async (scope: Scope): Promise<readonly string[]> => {
      const live = new Live(catalog, { authorize: limited(scope) });
      await live.follow("subscription { userChanges { id } }");
      return [...live.changes.last.request.columns.keys()];
    };
    expect(await columnsOf({})).toEqual(["name"]);
    expect(await columnsOf({ filter: { secret: { $ne: "x" } } })).toEqual(["name", "secret"]);
  });

  it.each<[string, Scope, Ask["variables"], ReadonlySet<string> | undefined]>([
    ["all", { filter: {} }, {}, undefined],
    ["some keys", { filter: { _id: { $in: ["a", "b"] } } }, {}, new Set(["a", "b"])],
    ["some of the keys that are asked for", { filter: { _id: "a" } }, { ids: ["a", "c"] }, new Set(["a"])],
    ["none of them", { filter: { _id: { $eq: "a" } } }, { ids: ["c"] }, new Set()],
  ])("limit the event stream where keys tell them: %s", async (_what, scope, variables, ids) => {
    const live = new Live(appuser, { authorize: limited(scope) });
    await live.follow(EVENTS, { variables: variables ?? {} });
    expect(live.events.last.request.ids).toEqual(ids);
  });

  it.each([[OWN], [{ _id: "a", ...OWN }], [{ $and: [{ _id: "a" }, OWN] }], [{ $or: [{ _id: "a" }, OWN] }]])(
    "close the event stream where keys don't tell them: %j",
    async (filter) => {
      const live = new Live(appuser, { authorize: limited({ filter }) });
      await expect(codeOf(live.follow(EVENTS))).resolves.toBe("FORBIDDEN");
      await expect(messageOfFailure(live.follow(EVENTS))).resolves.toContain("subscribe to `userChanges`");
    },
  );
});

describe("columns", () => {
  const authorize = limited({ columns: new Set(["firstname"]) });

  it("that may not be seen are errors in changes, by both ways", async () => {
    const live = new Live(appuser, { authorize });
    const inbox = await live.follow(CHANGES);
    const stream = await live.iterate(CHANGES);
    live.changes.emit(change("1", { firstname: "Ada", email: "ada@x" }));
    const shown = {
      data: { userChanges: { id: "1", user: { firstname: "Ada", email: null } } },
      errors: [{ path: ["userChanges", "user", "email"] }],
    };
    expect(inbox.results).toMatchObject([shown]);
    expect(inbox.results).toMatchObject([{ errors: [{ extensions: { code: "FORBIDDEN" } }] }]);
    await expect(stream.next()).resolves.toMatchObject({ value: shown });
  });

  it("that may not be seen can't be filtered by", async () => {
    const live = new Live(appuser, { authorize });
    const ask = { variables: { where: { NOT: [{ email: { eq: "ada@x" } }] } } };
    await expect(codeOf(live.follow(CHANGES, { variables: { where: { email: { eq: "ada@x" } } } }))).resolves.toBe(
      "FORBIDDEN",
    );
    await expect(codeOf(live.follow(CHANGES, { variables: { where: { NOT: ask.variables.where } } }))).resolves.toBe(
      "BAD_USER_INPUT",
    );
    await expect(
      codeOf(live.follow(CHANGES, { variables: { where: { AND: [{ NOT: { email: { isNull: true } } }] } } })),
    ).resolves.toBe("FORBIDDEN");
  });

  it("that may not be seen are errors in events, whatever the field is called there", async () => {
    const columns = new Set(["last_name", "first_name"]);
    const live = new Live(appuser, { authorize: limited({ columns }) });
    const inbox = await live.follow(EVENTS);
    live.events.emit(event(appuser, "UserEmailChanged", "1", { email: "ada@x" }));
    live.events.emit(event(appuser, undefined, "1"));
    expect(inbox.results).toMatchObject([
      { data: { userEventStream: { email: null } }, errors: [{ extensions: { code: "FORBIDDEN" } }] },
      { data: { userEventStream: { id: "1" } } },
    ]);
  });

  it.each([
    ["subscribing", limited({ columns: new Set(["email"]) }, {})],
    ["reading", limited({}, { columns: new Set(["email"]) })],
    ["both", limited({ columns: new Set(["email", "last_name"]) }, { columns: new Set(["email", "firstname"]) })],
  ])("are limited by %s", async (_what, policy) => {
    const live = new Live(appuser, { authorize: policy });
    const inbox = await live.follow("subscription { userChanges { user { email firstname last_name } } }");
    live.changes.emit(change("1", { firstname: "Ada", email: "ada@x", last_name: "L" }));
    expect(inbox.results).toMatchObject([
      { data: { userChanges: { user: { email: "ada@x", firstname: null, last_name: null } } } },
    ]);
  });

  it("are shown to each by their own scope, though they ask the same", async () => {
    const live = new Live(appuser, {
      authorize: ({ headers }) =>
        headers["x-all"] === undefined ? { allow: true, columns: new Set(["firstname"]) } : { allow: true },
    });
    const asked = (headers: Record<string, string>): Ask => ({ caller: { headers, remoteAddress: undefined } });
    const [some, all] = [await live.follow(CHANGES, asked({})), await live.follow(CHANGES, asked({ "x-all": "1" }))];
    live.changes.emit(change("1", { firstname: "Ada", email: "ada@x" }));
    expect(some.results).toMatchObject([{ data: { userChanges: { user: { email: null } } } }]);
    expect(all.results).toMatchObject([{ data: { userChanges: { user: { email: "ada@x" } } } }]);
  });
});
