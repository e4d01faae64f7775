import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { AppendLane, type LaneSender } from "../../../src/event-log/kafka/append-lane.ts";
import type { LanePart, LaneRecord } from "../../../src/event-log/kafka/lane-batch.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";

/** A log in memory: what it does with each batch is a test's to say. */
class FakeSender implements LaneSender {
  readonly written = new Map<string, string[]>();
  readonly batches: string[][] = [];
  readonly discarded: string[] = [];
  inFlight = 0;
  mostInFlight = 0;
  isReady: () => Promise<void> = () => Promise.resolve();
  /** Runs before a batch is written; what it throws is the batch's outcome. */
  before: (values: readonly string[], parts: readonly LanePart[]) => void | Promise<void> = () => {};
  answers: (index: number) => boolean = () => true;

  ready(): Promise<void> {
    return this.isReady();
  }

  async send(parts: readonly LanePart[]): Promise<readonly (number | undefined)[]> {
    this.inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      const values = parts.flatMap(({ appends }) => appends.map(({ record }) => String(record.value)));
      this.batches.push(values);
      await this.before(values, parts);
      return parts.map((part, index) => (this.answers(index) ? this.#write(part) : undefined));
    } finally {
      this.inFlight -= 1;
    }
  }

  async discard(parts: readonly LanePart[]): Promise<void> {
    this.discarded.push(...parts.map(({ topic, partition }) => `${topic}/${partition}`));
  }

  #write({ topic, partition, appends }: LanePart): number {
    const log = this.written.get(`${topic}/${partition}`) ?? [];
    const base = log.length;
    this.written.set(`${topic}/${partition}`, [...log, ...appends.map(({ record }) => String(record.value))]);
    return base;
  }
}

function record(key: string, value: string, changes: Partial<LaneRecord> = {}): LaneRecord {
  const bytes = 100;
  const parts = { topic: "t", partition: 0, headers: {}, bytes, maxBatchBytes: 1_000_000 };
  return { ...parts, key: Buffer.from(key), value: Buffer.from(value), ...changes };
}

const tooLarge = (): EventQLError => new EventQLError("EVENT_TOO_LARGE", "too large");
const lost = (): TypeError => new TypeError("the connection is gone");

describe("append lane", () => {
  function setUp(timeoutMs = 5_000, maxQueuedBytes = 1_000_000): { sender: FakeSender; lane: AppendLane } {
    const sender = new FakeSender();
    return { sender, lane: new AppendLane({ sender, logger: silentLogger, timeoutMs, maxQueuedBytes }) };
  }

  it("sends one batch at a time, and what arrives meanwhile as the next one, in order", async () => {
    const { sender, lane } = setUp();
    const gate = Promise.withResolvers<void>();
    sender.before = () => gate.promise;
    const first = [lane.append(record("a", "1")), lane.append(record("b", "2"))];
    await vi.waitFor(() => expect(sender.batches).toHaveLength(1));
    const second = [lane.append(record("a", "3")), lane.append(record("a", "4"))];
    gate.resolve();
    const positions = await Promise.all([...first, ...second]);
    expect(positions.map(({ offset }) => offset)).toEqual([0, 1, 2, 3]);
    expect(sender.batches).toEqual([
      ["1", "2"],
      ["3", "4"],
    ]);
    expect(sender.mostInFlight).toBe(1);
  });

  it("gives each record the offset that it has in its own partition", async () => {
    const { sender, lane } = setUp();
    const partitions = [0, 1, 0, 2, 1, 0];
    const positions = await Promise.all(
      partitions.map((partition, index) => lane.append(record("k", String(index), { partition }))),
    );
    expect(positions.map(({ partition, offset }) => `${partition}/${offset}`)).toEqual([
      "0/0",
      "1/0",
      "0/1",
      "2/0",
      "1/1",
      "0/2",
    ]);
    expect(sender.batches).toHaveLength(1);
  });

  it("keeps a batch within the bytes that its partitions take", async () => {
    const { sender, lane } = setUp();
    const values = ["1", "2", "3", "4", "5"];
    await Promise.all(values.map((value) => lane.append(record("a", value, { bytes: 400, maxBatchBytes: 1_000 }))));
    expect(sender.batches).toEqual([["1", "2"], ["3", "4"], ["5"]]);
  });

  it("sends a part again that was left without an answer", async () => {
    const { sender, lane } = setUp();
    sender.answers = (index) => index === 0;
    const appends = ["1", "2", "3"].map((value, partition) => lane.append(record("k", value, { partition })));
    expect((await Promise.all(appends)).map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(sender.batches).toEqual([["1", "2", "3"], ["2", "3"], ["3"]]);
  });

  it("bounds the wait of a caller whose record is in flight, names its event, and goes on", async () => {
    const { sender, lane } = setUp(50);
    const gate = Promise.withResolvers<void>();
    sender.before = () => gate.promise;
    const append = lane.append(record("a", "1", { headers: { ce_id: "event-1" } }));
    await expect(append).rejects.toMatchObject({
      code: "APPEND_UNKNOWN",
      details: { topic: "t", partition: 0, eventId: "event-1" },
    });
    gate.resolve();
    expect(await lane.append(record("a", "2"))).toMatchObject({ offset: 1 });
    expect(sender.written.get("t/0")).toEqual(["1", "2"]);
  });

  it("takes back what was never sent in time, with all that follows for its key", async () => {
    const { sender, lane } = setUp(100);
    const gate = Promise.withResolvers<void>();
    sender.before = () => gate.promise;
    const inFlight = lane.append(record("a", "1"));
    await vi.waitFor(() => expect(sender.batches).toHaveLength(1));
    const waiting = lane.append(record("b", "2"));
    const results = await Promise.allSettled([inFlight, waiting]);
    expect(results).toMatchObject([
      { reason: { code: "APPEND_UNKNOWN" } },
      { reason: { code: "EVENT_LOG_UNAVAILABLE", retriable: true } },
    ]);
    gate.resolve();
    await lane.append(record("c", "3"));
    expect(sender.written.get("t/0")).toEqual(["1", "3"]);
  });

  it("rejects, where a batch finally fails, everything queued for its keys, and replaces the producer", async () => {
    const { sender, lane } = setUp();
    const gate = Promise.withResolvers<void>();
    sender.before = async (values) => {
      if (!values.includes("1")) return;
      await gate.promise;
      throw lost();
    };
    const failing = lane.append(record("a", "1"));
    await vi.waitFor(() => expect(sender.batches).toHaveLength(1));
    const queued = [lane.append(record("a", "2")), lane.append(record("b", "3"))];
    gate.resolve();
    expect(await Promise.allSettled([failing, ...queued])).toMatchObject([
      { reason: { code: "APPEND_UNKNOWN" } },
      { reason: { code: "APPEND_FAILED" } },
      { value: { offset: 0 } },
    ]);
    expect(sender.discarded).toEqual(["t/0"]);
    expect(sender.written.get("t/0")).toEqual(["3"]);
  });

  it("isolates a record that the log finds too large, and rejects what follows for its key", async () => {
    const { sender, lane } = setUp();
    sender.before = (values) => {
      if (values.includes("big")) throw tooLarge();
    };
    const results = await Promise.allSettled([
      lane.append(record("a", "1")),
      lane.append(record("b", "big")),
      lane.append(record("b", "2")),
      lane.append(record("c", "3")),
      lane.append(record("d", "4", { partition: 1 })),
    ]);
    expect(results).toMatchObject([
      { value: { partition: 0, offset: 0 } },
      { reason: { code: "EVENT_TOO_LARGE" } },
      { reason: { code: "APPEND_FAILED" } },
      { value: { partition: 0, offset: 1 } },
      { value: { partition: 1, offset: 0 } },
    ]);
    expect(sender.discarded).toEqual([]);
  });

  it("waits for the log to be reachable, within the callers' bound", async () => {
    const { sender, lane } = setUp(200);
    sender.isReady = () => Promise.reject(lost());
    await expect(lane.append(record("a", "1"))).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    sender.isReady = () => Promise.resolve();
    await vi.waitFor(async () => expect(await lane.append(record("a", "2"))).toMatchObject({ offset: 0 }));
  });

  it("takes only so many bytes, and refuses more at once", async () => {
    const { lane } = setUp(5_000, 250);
    const results = await Promise.allSettled(["1", "2", "3"].map((value) => lane.append(record("a", value))));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected"]);
  });

  it("ends what is under way when it is closed, and takes no more", async () => {
    const { sender, lane } = setUp();
    const append = lane.append(record("a", "1"));
    await lane.close();
    expect(await append).toMatchObject({ offset: 0 });
    await expect(lane.append(record("a", "2"))).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    expect(sender.batches).toEqual([["1"]]);
  });
});
