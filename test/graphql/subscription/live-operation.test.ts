import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { defaultLimits } from "../../../src/graphql/services.ts";
import { appuser } from "../example-catalogs.ts";
import { change } from "./items.ts";
import { Live, codeOf } from "./live.ts";
import { replaceResolver } from "./resolvers.ts";

const NAMES = "subscription { userChanges { id user { firstname } } }";

describe("results that take time", () => {
  it("come in the order of the changes", async () => {
    const live = new Live(appuser);
    const waiting: ((value: string) => void)[] = [];
    replaceResolver(live.schema, "firstname", (name) =>
      name === "now" ? name : new Promise((resolve) => waiting.push(resolve)),
    );
    const [one, other] = [await live.follow(NAMES), await live.follow(NAMES)];
    for (const firstname of ["slow", "now", "slower"]) live.changes.emit(change(firstname, { firstname }));
    waiting[1]?.("third");
    await Promise.resolve();
    expect(one.results).toEqual([]);
    live.changes.end(new EventQLError("SHUTTING_DOWN", "bye", { details: { cursor: "c" } }));
    expect(one.errors).toBeUndefined();
    waiting[0]?.("first");
    await vi.waitFor(() => expect(one.errors).toBeDefined());
    const names = (inbox: typeof one): unknown[] => inbox.results.map(({ data }) => data?.["userChanges"]);
    expect(names(one)).toEqual([
      { id: "slow", user: { firstname: "first" } },
      { id: "now", user: { firstname: "now" } },
      { id: "slower", user: { firstname: "third" } },
    ]);
    expect(other.texts).toEqual(one.texts);
    expect(waiting).toHaveLength(2);
  });

  it("are bounded", async () => {
    const live = new Live(appuser);
    const waiting: ((value: string) => void)[] = [];
    replaceResolver(live.schema, "firstname", () => new Promise((resolve) => waiting.push(resolve)));
    await live.follow(NAMES);
    const { sink } = live.changes.last;
    while (sink.hasRoom()) sink.next(change("1"));
    expect(waiting.length).toBe(1_000);
    const room = vi.fn();
    void sink.room().then(room);
    expect(room).not.toHaveBeenCalled();
    waiting[0]?.("first");
    await vi.waitFor(() => expect(room).toHaveBeenCalled());
    expect(sink.hasRoom()).toBe(true);
  });

  it("don't come any more after the subscriber has gone", async () => {
    const live = new Live(appuser);
    let answer: (value: string) => void = () => {};
    const answered = new Promise((resolve) => (answer = resolve));
    replaceResolver(live.schema, "firstname", () => answered);
    const inbox = await live.follow(NAMES);
    live.changes.emit(change("1"));
    inbox.close();
    answer("late");
    await answered;
    await new Promise((resolve) => setImmediate(resolve));
    expect(inbox).toMatchObject({ results: [], errors: undefined });
  });
});

describe("a live operation", () => {
  it("ends with the feed's error and cursor", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(NAMES);
    live.changes.emit(change("1"));
    live.changes.end(new EventQLError("SUBSCRIBER_TOO_SLOW", "too slow", { details: { cursor: "c" } }));
    live.changes.emit(change("2"));
    expect(inbox.results).toHaveLength(1);
    expect(inbox.errors).toMatchObject([
      { message: "too slow", extensions: { code: "SUBSCRIBER_TOO_SLOW", retriable: true, details: { cursor: "c" } } },
    ]);
  });

  it("closes the feed when it is closed, without a word", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(NAMES);
    inbox.close();
    inbox.close();
    expect(live.changes.last.isClosed()).toBe(true);
    live.changes.last.sink.next(change("1"));
    live.changes.last.sink.end(new EventQLError("INTERNAL", "late"));
    expect(inbox).toMatchObject({ results: [], errors: undefined });
  });

  it("has room as long as its sink has", async () => {
    const live = new Live(appuser);
    const inbox = await live.follow(NAMES);
    expect(live.changes.last.sink.hasRoom()).toBe(true);
    inbox.hasRoom = false;
    expect(live.changes.last.sink.hasRoom()).toBe(false);
  });

  it("masks what goes wrong in a result, and goes on", async () => {
    const live = new Live(appuser);
    replaceResolver(live.schema, "firstname", (name) => {
      if (name === "bad") throw new TypeError("the password is 1234");
      return name;
    });
    const inbox = await live.follow(NAMES);
    live.changes.emit(change("1", { firstname: "bad" }));
    live.changes.emit(change("2", { firstname: "good" }));
    expect(inbox.texts[0]).not.toContain("1234");
    expect(inbox.results).toMatchObject([
      {
        data: { userChanges: { id: "1", user: { firstname: null } } },
        errors: [{ path: ["userChanges", "user", "firstname"], extensions: { code: "INTERNAL" } }],
      },
      { data: { userChanges: { id: "2" } } },
    ]);
  });

  it("refuses variables that don't fit", async () => {
    const live = new Live(appuser);
    const query = "subscription ($a: Cursor!, $b: Boolean!) { userChanges(after: $a, snapshot: $b) { id } }";
    const asked = live.follow(query, { variables: {} });
    await expect(asked).rejects.toBeInstanceOf(AggregateError);
    await expect(codeOf(live.follow(query, { variables: { a: "x", b: "y" } }))).resolves.toBe("BAD_USER_INPUT");
  });

  it("is refused beyond the limit, and counted, by both ways", async () => {
    const live = new Live(appuser, { limits: { ...defaultLimits, maxSubscriptions: 2 } });
    const inbox = await live.follow(NAMES);
    const stream = await live.iterate(NAMES);
    await expect(codeOf(live.follow(NAMES))).resolves.toBe("LIMIT_EXCEEDED");
    await expect(codeOf(live.iterate(NAMES))).resolves.toBe("LIMIT_EXCEEDED");
    live.changes.emit(change("1"));
    await stream.next();
    await stream.return();
    await live.follow("subscription { userEventStream { __typename } }");
    inbox.close();
    inbox.close();
    expect(live.begunAndEnded).toEqual([
      ["userChanges", 1],
      ["userChanges", 1],
      ["userChanges", -1],
      ["userEventStream", 1],
      ["userChanges", -1],
    ]);
    await vi.waitFor(() => expect(live.delivered).toEqual({ userChanges: 2 }));
  });

  it("gives its place back where it could not begin", async () => {
    const live = new Live(appuser, { limits: { ...defaultLimits, maxSubscriptions: 1 } });
    live.changes.refusal = new EventQLError("CURSOR_INVALID", "no");
    await expect(codeOf(live.follow(NAMES))).resolves.toBe("CURSOR_INVALID");
    live.changes.refusal = undefined;
    await expect(live.follow(NAMES)).resolves.toBeDefined();
  });
});
