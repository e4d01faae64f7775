import { describe, expect, test } from "vitest";
import { type ChangeFeed, hiddenText } from "../../../src/feed/change-feed.ts";
import { lostColumn } from "../../../src/feed/changes/following.ts";
import { FakeReadModel } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { feedOf, hold, request, subscribe, turns } from "./harness.ts";

const ANEW = "users_0a1b2c3d";

/** Documents of version 1 in `users`, and of version 10 in another collection. */
function twoBuilds(...ids: readonly string[]): FakeReadModel {
  const model = new FakeReadModel();
  for (const _id of ids) model.put("users", { _id, v: 1 });
  for (const _id of ids) model.put(ANEW, { _id, v: 10 });
  return model;
}

function move(feed: ChangeFeed, collection: string, columns: readonly (readonly [string, string])[] = []): void {
  feed.moved(new Map([["User", { collection, columns: new Map(columns) }]]));
}

describe("documents that are in another collection from now on", () => {
  test("are told by one reset and as they are there, and then as they change there", async () => {
    const model = twoBuilds("a", "b");
    const feed = feedOf(model);
    const { sink } = await subscribe(feed);
    model.put("users", { _id: "a", v: 2 });
    move(feed, ANEW);
    model.put("users", { _id: "a", v: 3 });
    model.put(ANEW, { _id: "b", v: 11 });
    await turns();
    model.put(ANEW, { _id: "b", v: 12 });
    model.put("users", { _id: "b", v: 4 });
    move(feed, ANEW);
    await turns();
    expect(sink.lines).toEqual(["UPDATE a 2", "RESET ", "SNAPSHOT a 10", "SNAPSHOT b 11", "UPDATE b 12"]);
    expect(model.listeners.size).toBe(1);
  });

  test("are those that one asked for and may see, of whoever moved", async () => {
    const model = twoBuilds("a", "b", "c");
    const feed = feedOf(model);
    const some = { _id: { $in: ["a", "b"] } };
    const limited = await subscribe(feed, { where: some, scope: { _id: "b" } });
    const other = await subscribe(feed, { aggregate: "Account", collection: "accounts" });
    move(feed, ANEW);
    model.put("accounts", { _id: "x", v: 5 });
    await turns();
    model.put(ANEW, { _id: "c", v: 11 }, { _id: "b", v: 12 });
    expect(limited.sink.lines).toEqual(["RESET ", "SNAPSHOT b 10", "UPDATE b 12"]);
    expect(other.sink.lines).toEqual(["INSERT x 5"]);
  });

  test("may move again before they are told, and back", async () => {
    const model = twoBuilds("a", "b");
    const feed = feedOf(model);
    const { sink } = await subscribe(feed, { snapshot: true });
    const rows = hold(model, "row");
    move(feed, ANEW);
    await turns();
    model.put("users", { _id: "b", v: 2 });
    move(feed, "users");
    rows.letGo();
    await turns(10);
    model.put(ANEW, { _id: "b", v: 11 });
    model.put("users", { _id: "b", v: 3 });
    const told = ["RESET ", "RESET ", "SNAPSHOT a 1", "SNAPSHOT b 2", "UPDATE b 3"];
    expect(sink.lines).toEqual(["SNAPSHOT a 1", "SNAPSHOT b 1", ...told]);
    expect(model.running).toBe(0);
  });

  test("are followed there by who subscribes with what it knew before", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model);
    move(feed, ANEW);
    const { sink } = await subscribe(feed, { snapshot: true });
    model.put("users", { _id: "a", v: 2 });
    model.put(ANEW, { _id: "a", v: 11 });
    expect(sink.lines).toEqual(["SNAPSHOT a 10", "UPDATE a 11"]);
  });

  test("may move while one subscribes: then it is told so at once", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model);
    const snapshots = hold(model, "snapshot");
    const sink = new FakeSink();
    const subscribing = feed.subscribe(request({ snapshot: true }), sink);
    await turns();
    move(feed, ANEW);
    snapshots.letGo();
    await subscribing;
    await turns();
    model.put("users", { _id: "a", v: 2 });
    expect(sink.lines).toEqual(["RESET ", "SNAPSHOT a 10"]);
    expect(model.running).toBe(0);
  });

  test("are of no account to who has ended, and cost no place", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model, { maxSubscribers: 1 });
    const first = await subscribe(feed);
    move(feed, ANEW);
    await turns();
    first.feed.close();
    move(feed, "users");
    await turns();
    expect(first.sink.lines).toEqual(["RESET ", "SNAPSHOT a 10"]);
    expect(first.sink.endCalls).toBe(0);
    await expect(subscribe(feed)).resolves.toBeDefined();
  });
});

describe("a cursor", () => {
  test("of the collection before is gone on from by a reset", async () => {
    const model = twoBuilds("a", "b");
    const feed = feedOf(model);
    const first = await subscribe(feed);
    model.put("users", { _id: "a", v: 2 });
    first.feed.close();
    move(feed, ANEW);
    const { sink } = await subscribe(feed, { after: first.sink.cursor });
    model.put(ANEW, { _id: "a", v: 11 });
    expect(sink.lines).toEqual(["RESET ", "SNAPSHOT a 10", "SNAPSHOT b 10", "UPDATE a 11"]);
  });

  test("of a collection that is gone back to is gone on from as if nothing had been", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model);
    const first = await subscribe(feed);
    model.put("users", { _id: "a", v: 2 });
    first.feed.close();
    move(feed, ANEW);
    move(feed, "users");
    model.put("users", { _id: "a", v: 3 });
    const { sink } = await subscribe(feed, { after: first.sink.cursor });
    expect(sink.lines).toEqual(["UPDATE a 3"]);
  });

  test("stands for exactly the rest, from the reset on", async () => {
    const model = twoBuilds("a", "b");
    const feed = feedOf(model);
    const { sink } = await subscribe(feed);
    move(feed, ANEW);
    await turns();
    model.put(ANEW, { _id: "b", v: 11 });
    const all = ["RESET ", "SNAPSHOT a 10", "SNAPSHOT b 10", "UPDATE b 11"];
    expect(sink.lines).toEqual(all);
    const rests = sink.items.map(async ({ cursor }) => (await subscribe(feed, { after: cursor })).sink.lines);
    // What came later is in the rows that weren't told yet.
    const now = ["SNAPSHOT a 10", "SNAPSHOT b 11"];
    expect(await Promise.all(rests)).toEqual([now, now.slice(1), all.slice(3), []]);
  });

  test("of one who had no room for the reset still has it", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model, { stallMs: 5, graceMs: 5 });
    const slow = await subscribe(feed, {}, new FakeSink(1));
    model.put("users", { _id: "a", v: 2 });
    move(feed, ANEW);
    await expect.poll(() => slow.sink.ended?.code).toBe("SUBSCRIBER_TOO_SLOW");
    expect(slow.sink.lines).toEqual(["UPDATE a 2"]);
    const { sink } = await subscribe(feed, { after: slow.sink.cursor });
    expect(sink.lines).toEqual(["RESET ", "SNAPSHOT a 10"]);
  });
});

test("a slow one is told the reset when it has room, and what is there by then", async () => {
  const model = twoBuilds("a");
  const feed = feedOf(model, { maxHeldBack: 1 });
  const { sink } = await subscribe(feed, {}, new FakeSink(0));
  move(feed, ANEW);
  for (let v = 11; v < 20; v++) model.put(ANEW, { _id: "a", v });
  await turns();
  expect(sink.lines).toEqual([]);
  sink.free(3);
  await turns(10);
  expect(sink.lines).toEqual(["RESET ", "SNAPSHOT a 19"]);
});

describe("columns that one counts on", () => {
  const columns = new Map([
    ["v", "long"],
    ["w", "string!"],
  ]);

  test("and that aren't there any more end it with its cursor, by which it goes on anew", async () => {
    const model = twoBuilds("a");
    const feed = feedOf(model, { maxSubscribers: 1 });
    const { sink } = await subscribe(feed, { columns });
    model.put("users", { _id: "a", v: 2 });
    move(feed, ANEW, [["v", "long"]]);
    await turns();
    expect(sink.ended).toMatchObject({ code: "PROJECTION_CHANGED", message: expect.stringContaining("'w'") });
    expect(sink.endCalls).toBe(1);
    const { cursor } = sink;
    await expect(subscribe(feed, { columns, after: cursor })).rejects.toMatchObject({ code: "PROJECTION_CHANGED" });
    const resumed = await subscribe(feed, { columns: new Map([["v", "long"]]), after: cursor });
    expect(resumed.sink.lines).toEqual(["RESET ", "SNAPSHOT a 10"]);
  });

  test("are lost where one is hidden by now; one that was hidden isn't named", () => {
    const limited = new Map([...columns, ["tenant", hiddenText("string!")]]);
    expect(lostColumn(limited, limited)).toBeUndefined();
    expect(lostColumn(limited, columns)).toBe("what nobody is shown");
    expect(lostColumn(columns, new Map([...columns, ["w", hiddenText("string!")]]))).toBe("'w'");
  });

  test("are lost where one isn't there, or is of another type", () => {
    expect(lostColumn(columns, new Map([...columns, ["x", "int"]]))).toBeUndefined();
    expect(lostColumn(columns, new Map([...columns, ["w", "string"]]))).toBe("'w'");
    expect(lostColumn(columns, new Map([["w", "string!"]]))).toBe("'v'");
  });
});
