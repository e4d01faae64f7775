import { describe, expect, test, vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { toCursor } from "../../../src/feed/events/cursor.ts";
import { seal } from "../../../src/model/sealed-text.ts";
import { embeddedLog, feedOf, request, watchConsumers } from "./feed-under-test.ts";
import { eventBytes } from "./test-codec.ts";
import { TestSink } from "./test-sink.ts";

/** Appends events of one type, one after the other. */
async function append(log: EventLog, key: string, ...texts: string[]): Promise<void> {
  for (const text of texts) await log.append({ topic: "t", key, value: eventBytes("Added", text), headers: {} });
}

const texts = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index));

const BEGINNING = toCursor("t", [0, 0, 0]);

describe("resuming", () => {
  test("delivers everything after the cursor, of all partitions, then goes on live", async () => {
    const { log } = await embeddedLog();
    const feed = feedOf(log);
    const first = new TestSink();
    await feed.subscribe(request(), first);
    for (const key of ["a", "b", "c", "d"]) await append(log, key, `${key}1`, `${key}2`);
    await vi.waitFor(() => expect(first.items).toHaveLength(8));
    for (const at of [0, 3, 7]) {
      const sink = new TestSink();
      const item = first.items[at];
      await feed.subscribe(request({ after: item?.cursor }), sink);
      expect(sink.items).toEqual([]);
      await append(log, "e", `live${at}`);
      await vi.waitFor(() => expect(sink.texts()).toContain(`live${at}`));
      const expected = first.texts().slice(at + 1);
      expect(sink.texts().toSorted()).toEqual(expected.toSorted());
    }
  });

  test("a cursor works on another feed, and each later one says where it stands in all partitions", async () => {
    const { log } = await embeddedLog();
    for (const key of ["a", "b", "c", "d", "e"]) await append(log, key, ...texts(10));
    const seen: string[] = [];
    let after = BEGINNING;
    for (let round = 0; round < 50; round += 1) {
      const sink = new TestSink(1);
      const one = await feedOf(log).subscribe(request({ after }), sink);
      await vi.waitFor(() => expect(sink.items).toHaveLength(1), { interval: 5 });
      one.close();
      after = sink.items[0]?.cursor ?? "";
      seen.push(`${sink.items[0]?.id}${sink.texts()[0]}`);
    }
    const all = ["a", "b", "c", "d", "e"].flatMap((key) => texts(10).map((text) => key + text));
    expect(seen.toSorted()).toEqual(all.toSorted());
  });

  test("needs no reader of history where nothing came after the cursor", async () => {
    const { log } = await embeddedLog();
    await append(log, "k", "1");
    const consume = vi.spyOn(log, "consume");
    const sink = new TestSink();
    const ranges = await log.offsets("t");
    const after = toCursor(
      "t",
      ranges.map(({ high }) => high),
    );
    await feedOf(log).subscribe(request({ after }), sink);
    await append(log, "k", "2");
    await vi.waitFor(() => expect(sink.texts()).toEqual(["2"]));
    expect(consume).toHaveBeenCalledTimes(1);
  });

  test("many who come back together share a reader, which ends when they have caught up", async () => {
    const { log } = await embeddedLog();
    await append(log, "a", ...texts(50));
    await append(log, "b", ...texts(50));
    const opened = watchConsumers(log);
    const feed = feedOf(log);
    const sinks = Array.from({ length: 40 }, () => new TestSink());
    await Promise.all(
      sinks.map((sink, index) =>
        feed.subscribe(request({ after: BEGINNING, ids: index % 2 === 0 ? undefined : new Set(["b"]) }), sink),
      ),
    );
    await vi.waitFor(() =>
      expect(sinks.map(({ items }) => items.length)).toEqual(sinks.map((_, index) => (index % 2 === 0 ? 100 : 50))),
    );
    await vi.waitFor(() => expect(opened.map(({ stopped }) => stopped)).toEqual([false, true]));
    await append(log, "b", "live");
    await vi.waitFor(() => expect(sinks.every((sink) => sink.texts().at(-1) === "live")).toBe(true));
    expect(opened).toHaveLength(2);
  });

  test("history waits for room", async () => {
    const { log } = await embeddedLog();
    await append(log, "a", ...texts(30));
    const sink = new TestSink(1);
    await feedOf(log).subscribe(request({ after: BEGINNING }), sink);
    for (let count = 1; count <= 30; count += 1) {
      await vi.waitFor(() => expect(sink.items).toHaveLength(count), { interval: 5 });
      sink.give(1);
    }
    expect(sink.texts()).toEqual(texts(30));
    expect(sink.ended).toBeUndefined();
    expect(sink.breaches).toEqual([]);
  });

  test("one without room for too long ends with its cursor, and the others go on without it", async () => {
    const { log } = await embeddedLog();
    await append(log, "a", ...texts(30));
    const feed = feedOf(log, { graceMs: 10, stallMs: 1_000 });
    const [stalled, quick] = [new TestSink(3), new TestSink()];
    await feed.subscribe(request({ after: BEGINNING }), stalled);
    await feed.subscribe(request({ after: BEGINNING }), quick);
    await vi.waitFor(() => expect(quick.texts()).toEqual(texts(30)));
    expect(stalled.ended).toBeUndefined();
    await vi.waitFor(() => expect(stalled.ended).toMatchObject({ code: "SUBSCRIBER_TOO_SLOW" }), 5_000);
    expect(stalled.texts()).toEqual(["0", "1", "2"]);
    const on = new TestSink();
    await feed.subscribe(request({ after: String(stalled.ended?.details["cursor"]) }), on);
    await vi.waitFor(() => expect(on.texts()).toEqual(texts(30).slice(3)));
  });

  test("one that had no room for a while goes on where it stood", async () => {
    const { log } = await embeddedLog();
    await append(log, "a", ...texts(30));
    const feed = feedOf(log, { graceMs: 1, stallMs: 20_000 });
    const [slow, quick] = [new TestSink(3), new TestSink()];
    await feed.subscribe(request({ after: BEGINNING }), slow);
    await feed.subscribe(request({ after: BEGINNING }), quick);
    await vi.waitFor(() => expect(quick.texts()).toEqual(texts(30)));
    await append(log, "a", "live");
    await vi.waitFor(() => expect(quick.texts().at(-1)).toBe("live"));
    slow.give();
    await vi.waitFor(() => expect(slow.texts()).toEqual([...texts(30), "live"]));
  });

  test("a reader of history begins again where its members stand", async () => {
    const { log } = await embeddedLog(1);
    await append(log, "a", ...texts(10));
    const opened = watchConsumers(log);
    const sink = new TestSink(4);
    await feedOf(log).subscribe(request({ after: toCursor("t", [2]) }), sink);
    await vi.waitFor(() => expect(sink.items).toHaveLength(4));
    const of = { topic: "t", partition: 0 };
    expect(await opened[1]?.handler.assigned(of, { low: 0, high: 10 })).toBe(6);
    expect(await opened[1]?.handler.assigned(of, { low: 7, high: 10 })).toBe(10);
    expect(sink.ended).toMatchObject({ code: "CURSOR_EXPIRED", details: { topic: "t", partition: 0 } });
  });
});

describe("a cursor is refused", () => {
  test.each([
    ["that is none", "nonsense"],
    ["that is empty", ""],
    ["of another topic", toCursor("other", [0, 0, 0])],
    ["of a topic with more partitions", toCursor("t", [0, 0, 0, 0])],
    ["without partitions", toCursor("t", [])],
    ["of another version", seal({ version: 2, topic: "t", next: [0, 0, 0] })],
    ["with negative offsets", toCursor("t", [0, -1, 0])],
    ["with what is no offset", seal({ version: 1, topic: "t", next: [0, "1", 0] })],
    ["beyond the end", toCursor("t", [0, 1_000, 0])],
    // The right checksum, made up around what is no JSON.
    ["that was made up", Buffer.from("3db10dc5{no json").toString("base64url")],
  ])("%s", async (_, after) => {
    const { log } = await embeddedLog();
    const consume = vi.spyOn(log, "consume");
    await expect(feedOf(log).subscribe(request({ after }), new TestSink())).rejects.toMatchObject({
      code: "CURSOR_INVALID",
    });
    expect(consume).not.toHaveBeenCalled();
  });

  test("from which records were removed", async () => {
    const { log } = await embeddedLog();
    vi.spyOn(log, "offsets").mockResolvedValue([
      { low: 0, high: 5 },
      { low: 3, high: 5 },
      { low: 0, high: 5 },
    ]);
    const feed = feedOf(log);
    const after = toCursor("t", [5, 2, 5]);
    await expect(feed.subscribe(request({ after }), new TestSink())).rejects.toMatchObject({ code: "CURSOR_EXPIRED" });
  });

  test("for a topic that doesn't exist any more", async () => {
    const { log } = await embeddedLog();
    const gone = request({ topic: "gone", after: toCursor("gone", [0]) });
    await expect(feedOf(log).subscribe(gone, new TestSink())).rejects.toMatchObject({ code: "TOPIC_NOT_FOUND" });
  });
});

test("a cursor with fewer partitions than the topic has begins the others at their first record", async () => {
  const { log } = await embeddedLog();
  for (const key of ["a", "b", "c", "d", "e", "f"]) await append(log, key, key);
  const ranges = await log.offsets("t");
  expect(ranges.every(({ high }) => high > 0)).toBe(true);
  const sink = new TestSink();
  await feedOf(log).subscribe(request({ after: toCursor("t", [ranges[0]?.high ?? 0]) }), sink);
  await vi.waitFor(() => expect(sink.items).toHaveLength(6 - (ranges[0]?.high ?? 0)));
  expect(sink.items.every(({ record }) => record.partition > 0)).toBe(true);
});
