import { describe, expect, test, vi } from "vitest";
import type { EventQLError } from "../../../src/errors.ts";
import type { ChangeItem } from "../../../src/feed/change-feed.ts";
import type { FeedSink } from "../../../src/feed/feed.ts";
import * as filters from "../../../src/read-model/query/filter.ts";
import { FakeReadModel } from "./fake-read-model.ts";
import { FakeSink } from "./fake-sink.ts";
import { feedOf, request, subscribe, turns } from "./harness.ts";

vi.mock(import("../../../src/read-model/query/filter.ts"), async (original) => {
  const module = await original();
  return {
    compileFilter: vi.fn<typeof module.compileFilter>((filter) => {
      const matches = module.compileFilter(filter);
      return (document) => {
        tested.count++;
        return matches(document);
      };
    }),
  };
});

const tested = { count: 0 };

/** Filter tests that `work` costs. */
function testsOf(work: () => void): number {
  const before = tested.count;
  work();
  return tested.count - before;
}

describe("live changes", () => {
  test("come from when one subscribed, of the collection alone", async () => {
    const model = new FakeReadModel();
    model.put("users", { _id: "a", v: 1 });
    const { sink } = await subscribe(feedOf(model));
    model.put("users", { _id: "a", v: 2 }, { _id: "b", v: 3 });
    model.put("accounts", { _id: "c", v: 4 });
    model.put("users", "a");
    expect(sink.lines).toEqual(["UPDATE a 2", "INSERT b 3", "DELETE a"]);
  });

  test("aren't delivered before who subscribed knows, but not lost either", async () => {
    const model = new FakeReadModel();
    const sink = new FakeSink();
    const subscribing = feedOf(model).subscribe(request(), sink);
    queueMicrotask(() => model.put("users", { _id: "a", v: 1 }));
    for (let i = 0; i < 20; i++) await Promise.resolve();
    model.put("users", { _id: "b", v: 2 });
    await subscribing;
    expect(sink.lines).toEqual([]);
    await turns();
    expect(sink.lines).toContain("INSERT b 2");
  });

  test("are one object for all who follow the same filters, made anew in each request", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const where = (): object => ({ at: { $gt: new Date(5) }, n: 5n, b: Uint8Array.of(1), t: /x/i });
    const same = await Promise.all([0, 1, 2].map(async () => subscribe(feed, { where: { ...where() } })));
    const other = await subscribe(feed, { where: { ...where() }, scope: {} });
    const narrower = await subscribe(feed, { where: { ...where(), n: 6n } });
    model.put("users", { _id: "a", v: 1, at: new Date(6), n: 5, b: Uint8Array.of(1), t: "X" });
    const [first, ...others] = same.map(({ sink }) => sink.items[0]);
    expect(first?.operation).toBe("INSERT");
    for (const item of others) expect(item).toBe(first);
    expect(other.sink.items[0]).not.toBe(first);
    expect(other.sink.lines).toEqual(["INSERT a 1"]);
    expect(narrower.sink.lines).toEqual([]);
  });

  test("are tested once a group, and not at all for a group of another key", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    for (let i = 0; i < 50; i++) {
      await subscribe(feed, { where: { v: 1 } });
      await subscribe(feed, { where: { _id: `k${i}` } });
      await subscribe(feed, { where: { $and: [{ v: 1 }, { _id: { $in: [`k${i}`, "x"] } }] } });
      await subscribe(feed, { where: { v: 1 }, scope: { _id: `k${i}` } });
    }
    expect(testsOf(() => model.put("users", { _id: "other", v: 1 }))).toBe(1);
    // The filter without a key, the key's, the list's, and the scope's with what was asked for.
    expect(testsOf(() => model.put("users", { _id: "k7", v: 1 }))).toBe(5);
  });

  test("leave no trace of groups that nobody is in any more", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const gone = await subscribe(feed, { where: { _id: "a" } });
    const stays = await subscribe(feed, { where: { _id: { $in: ["a", "b"] } } });
    gone.feed.close();
    gone.feed.close();
    expect(testsOf(() => model.put("users", { _id: "a", v: 1 }))).toBe(1);
    expect(gone.sink.lines).toEqual([]);
    expect(stays.sink.lines).toEqual(["INSERT a 1"]);
    expect(gone.sink.ended).toBeUndefined();
    stays.feed.close();
    const everywhere = await subscribe(feed, { where: { v: 1 } });
    await subscribe(feed, { where: { _id: "b" } });
    everywhere.feed.close();
    expect(testsOf(() => model.put("users", { _id: "a", v: 2 }))).toBe(0);
  });

  test("have a cursor that is made once, when it is asked for", async () => {
    const model = new FakeReadModel();
    const { sink } = await subscribe(feedOf(model));
    const stringify = vi.spyOn(JSON, "stringify");
    model.put("users", { _id: "a", v: 1 });
    expect(stringify).not.toHaveBeenCalled();
    expect(sink.items[0]?.cursor).toBe(sink.items[0]?.cursor);
    expect(stringify).toHaveBeenCalledTimes(1);
    stringify.mockRestore();
  });

  test("may be ended, and others subscribed, while one is delivered", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const { sink, ...first } = await subscribe(feed);
    const late = new FakeSink();
    sink.onNext = () => {
      first.feed.close();
      void feed.subscribe(request(), late);
    };
    model.put("users", { _id: "a", v: 1 });
    await turns();
    model.put("users", { _id: "a", v: 2 });
    expect(sink.lines).toEqual(["INSERT a 1"]);
    expect(late.lines).toEqual(["UPDATE a 2"]);
  });
});

describe("a filter that can't be evaluated", () => {
  test("refuses the subscription, and costs no place", async () => {
    const feed = feedOf(new FakeReadModel(), { maxSubscribers: 1 });
    await expect(feed.subscribe(request({ where: { v: { $in: 5 } } }), new FakeSink())).rejects.toThrow("$in");
    await expect(subscribe(feed)).resolves.toBeDefined();
  });
});

describe("a sink", () => {
  test("that throws ends alone", async () => {
    const model = new FakeReadModel();
    const feed = feedOf(model);
    const end = vi.fn<(error: EventQLError) => void>(() => {
      throw new TypeError("broken too");
    });
    const bad: FeedSink<ChangeItem> = {
      next: () => {
        throw new TypeError("broken");
      },
      hasRoom: () => true,
      room: async () => {},
      end,
    };
    await feed.subscribe(request(), bad);
    const { sink } = await subscribe(feed);
    model.put("users", { _id: "a", v: 1 }, { _id: "a", v: 2 });
    expect(end).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: "INTERNAL" }));
    expect(sink.lines).toEqual(["INSERT a 1", "UPDATE a 2"]);
  });
});

test("filters are really counted", () => {
  expect(testsOf(() => void filters.compileFilter({ v: 1 })({ v: 1 }))).toBe(1);
});
