import { describe, expect, test, vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { appendRaw } from "../../support/embedded-raw.ts";
import { embeddedLog, feedOf, request, watchConsumers } from "./feed-under-test.ts";
import { eventBytes, TestCodec } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

/** Appends one event after the other. */
async function append(log: EventLog, key: string, ...texts: string[]): Promise<void> {
  for (const text of texts)
    await log.append({ topic: "t", key, value: text === "-" ? null : eventBytes("Added", text), headers: {} });
}

describe("following live", () => {
  test("begins at the log's end, and delivers events and tombstones with their record", async () => {
    const { log } = await embeddedLog();
    await append(log, "k", "before");
    const sink = new TestSink();
    await feedOf(log).subscribe(request(), sink);
    expect(sink.items).toEqual([]);
    await append(log, "k", "a", "-");
    await vi.waitFor(() => expect(sink.texts()).toEqual(["a", "-"]));
    expect(sink.items[0]).toMatchObject({ id: "k", record: { topic: "t", offset: 1 } });
    expect(sink.items[0]?.event?.writer.eventType.fullName).toBe("Added");
  });

  test("delivers the wanted types and keys alone, and tombstones only where they are wanted", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const [removed, two, none] = [new TestSink(), new TestSink(), new TestSink()];
    await feed.subscribe(request({ eventTypes: new Set(["Removed"]), tombstones: false }), removed);
    await feed.subscribe(request({ ids: new Set(["a", "b", "absent"]) }), two);
    await feed.subscribe(request({ ids: new Set() }), none);
    await append(log, "a", "1", "-");
    await append(log, "c", "2");
    await append(log, "b", "3");
    await log.append({ topic: "t", key: "c", value: eventBytes("Removed", "4"), headers: {} });
    await vi.waitFor(() => expect(removed.texts()).toEqual(["4"]));
    await vi.waitFor(() => expect(two.texts().toSorted()).toEqual(["-", "1", "3"]));
    expect(none.items).toEqual([]);
  });

  test("decodes an event once, and hands the same object to all; what nobody wants isn't decoded", async () => {
    const { log } = await embeddedLog();
    const codec = new TestCodec();
    const feed = feedOf(log, { codec });
    const sinks = Array.from({ length: 20 }, () => new TestSink());
    for (const sink of sinks) await feed.subscribe(request({ ids: new Set(["a"]) }), sink);
    await append(log, "unwanted", "1", "2");
    await append(log, "a", "3");
    await vi.waitFor(() => expect(sinks.every(({ items }) => items.length === 1)).toBe(true));
    expect(new Set(sinks.map(({ items }) => items[0])).size).toBe(1);
    expect(codec.decoded).toBe(1);
  });

  test("leaves out what is no event, and goes on", async () => {
    const { log, file } = await embeddedLog(1);
    const sink = new TestSink();
    await feedOf(log).subscribe(request(), sink);
    const raw = { topic: "t", partition: 0 };
    appendRaw(file, { ...raw, key: null, value: eventBytes("Added", "null key") });
    appendRaw(file, { ...raw, key: new Uint8Array([255]), value: eventBytes("Added", "binary key") });
    appendRaw(file, { ...raw, key: Buffer.from("k"), value: new Uint8Array([1, 2]) });
    appendRaw(file, { ...raw, key: Buffer.from("k"), value: eventBytes("Stranger", "unknown") });
    await append(log, "k", "fine");
    await vi.waitFor(() => expect(sink.texts()).toEqual(["fine"]));
  });

  test("waits for schemas while the registry is away, and skips nothing", async () => {
    const { log } = await embeddedLog(1);
    const codec = new TestCodec();
    codec.failures = 2;
    const sink = new TestSink();
    await feedOf(log, { codec }).subscribe(request(), sink);
    await append(log, "k", "1", "2");
    await vi.waitFor(() => expect(sink.texts()).toEqual(["1", "2"]), 5_000);
    expect(codec.prepared).toBe(3);
  });

  test("reads a topic once for all, ends that a while after the last has gone, and begins anew", async () => {
    const { log } = await embeddedLog();
    const opened = watchConsumers(log);
    const feed = feedOf(log, { lingerMs: 30, group: "live" });
    const offers = Array.from({ length: 5 }, () => feed.subscribe(request(), new TestSink()));
    const feeds = await Promise.all(offers);
    expect(opened.map(({ options }) => options)).toEqual([{ group: "live", topics: ["t"], ephemeral: true }]);
    for (const each of feeds) {
      expect(opened[0]?.stopped).toBe(false);
      each.close();
      each.close();
    }
    await vi.waitFor(() => expect(opened[0]?.stopped).toBe(true));
    const sink = new TestSink();
    await feed.subscribe(request(), sink);
    await append(log, "k", "1");
    await vi.waitFor(() => expect(sink.texts()).toEqual(["1"]));
    expect(opened).toHaveLength(2);
  });

  test("tells nothing more to one that was closed, and doesn't end it", async () => {
    const { log } = await embeddedLog(1);
    const feed = feedOf(log);
    const [gone, here] = [new TestSink(), new TestSink()];
    const leaving = await feed.subscribe(request(), gone);
    await feed.subscribe(request(), here);
    await append(log, "k", "1");
    await vi.waitFor(() => expect(gone.texts()).toEqual(["1"]));
    leaving.close();
    await append(log, "k", "2");
    await vi.waitFor(() => expect(here.texts()).toEqual(["1", "2"]));
    expect(gone.texts()).toEqual(["1"]);
    expect(gone.ended).toBeUndefined();
  });

  test("one subscriber's fault is its own", async () => {
    const { log } = await embeddedLog(1);
    const feed = feedOf(log);
    const [faulty, sound] = [new TestSink(), new TestSink()];
    vi.spyOn(faulty, "next").mockImplementation(() => {
      throw new TypeError("broken");
    });
    await feed.subscribe(request(), faulty);
    await feed.subscribe(request(), sound);
    await append(log, "k", "1", "2");
    await vi.waitFor(() => expect(sound.texts()).toEqual(["1", "2"]));
    expect(faulty.ended).toMatchObject({ code: "INTERNAL" });
  });

  test("is refused for a topic that doesn't exist, and possible once it does", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const absent = request({ topic: "later" });
    await expect(feed.subscribe(absent, new TestSink())).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
    await log.createTopics([{ name: "later", partitions: 1 }]);
    const sink = new TestSink();
    await feed.subscribe(absent, sink);
    await log.append({ topic: "later", key: "k", value: eventBytes("Added", "1"), headers: {} });
    await vi.waitFor(() => expect(sink.texts()).toEqual(["1"]));
  });

  test("is refused where the reader does not begin in time", async () => {
    const { log } = await embeddedLog();
    vi.spyOn(log, "consume").mockReturnValue(new Promise(() => {}));
    await expect(feedOf(log, { startMs: 20 }).subscribe(request(), new TestSink())).rejects.toMatchObject({
      code: "EVENT_LOG_UNAVAILABLE",
    });
  });
});

describe("closing a feed", () => {
  test("ends all with SHUTTING_DOWN and a cursor from which another feed goes on", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const [all, one] = [new TestSink(), new TestSink()];
    await feed.subscribe(request(), all);
    await feed.subscribe(request({ ids: new Set(["b"]) }), one);
    await append(log, "a", "1");
    await vi.waitFor(() => expect(all.texts()).toEqual(["1"]));
    await feed.close();
    await append(log, "b", "2");
    for (const sink of [all, one]) {
      expect(sink.ended).toMatchObject({ code: "SHUTTING_DOWN", retriable: true });
      const on = new TestSink();
      await feedOf(log).subscribe(request({ after: String(sink.ended?.details["cursor"]) }), on);
      await vi.waitFor(() => expect(on.texts()).toEqual(["2"]));
    }
    await expect(feed.subscribe(request(), new TestSink())).rejects.toMatchObject({ code: "SHUTTING_DOWN" });
  });

  test("refuses those who wait for the reader, and doesn't wait for it itself", async () => {
    const { log } = await embeddedLog();
    const begun = Promise.withResolvers<void>();
    vi.spyOn(log, "consume").mockImplementation(() => {
      begun.resolve();
      return new Promise(() => {});
    });
    const feed = feedOf(log);
    const [refused] = await Promise.allSettled([
      feed.subscribe(request(), new TestSink()),
      begun.promise.then(() => feed.close()),
    ]);
    expect(refused).toMatchObject({ reason: { code: "SHUTTING_DOWN" } });
  });
});
