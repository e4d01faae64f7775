import { describe, expect, it, onTestFinished, vi } from "vitest";
import { PartitionPump, type PartitionSource } from "../../src/event-log/partition-pump.ts";
import type { OffsetRange, RecordBatch } from "../../src/event-log/event-log.ts";
import { Wake } from "../../src/event-log/wake.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { RecordingHandler } from "../contract/event-log.handler.ts";

const of = { topic: "t", partition: 0 };

/** A partition in memory: each record is a batch of its own. */
class FakeSource implements PartitionSource {
  readonly seeks: number[] = [];
  readonly #wake: Wake;
  #length: number;
  #position = 0;
  failures = 0;

  constructor(length: number, signal: AbortSignal) {
    this.#length = length;
    this.#wake = new Wake(signal);
  }

  async range(): Promise<OffsetRange> {
    return { low: 0, high: this.#length };
  }

  seek(position: number): void {
    this.seeks.push(position);
    this.#position = position;
  }

  take(): RecordBatch | undefined {
    if (this.failures > 0) {
      this.failures -= 1;
      throw new TypeError("not readable now");
    }
    if (this.#position >= this.#length) return undefined;
    const record = { ...of, offset: this.#position, timestamp: 0, key: null, value: null, headers: {} };
    this.#position += 1;
    return { ...of, records: [record], next: this.#position };
  }

  end(): number | undefined {
    return this.#position >= this.#length ? this.#position : undefined;
  }

  changed(): Promise<void> {
    return this.#wake.wait();
  }

  grow(): void {
    this.#length += 1;
    this.#wake.notify();
  }

  /** Wakes the pump for nothing. */
  stir(): void {
    this.#wake.notify();
  }
}

describe("partition pump", () => {
  function setUp(length: number): {
    source: FakeSource;
    handler: RecordingHandler;
    pump: PartitionPump;
    end: AbortController;
  } {
    const end = new AbortController();
    const source = new FakeSource(length, end.signal);
    const handler = new RecordingHandler();
    const pump = new PartitionPump({ of, source, handler, logger: silentLogger, signal: end.signal });
    onTestFinished(() => end.abort());
    return { source, handler, pump, end };
  }

  const offsets = (handler: RecordingHandler): number[] => handler.received.map(({ offset }) => offset);

  it("delivers from where the handler begins, and reports the end once each time it is reached", async () => {
    const { source, handler, pump } = setUp(3);
    handler.from = () => 1;
    void pump.run();
    await vi.waitFor(() => expect(handler.caughtUpAt.get("t/0")).toEqual([3]));
    source.stir();
    source.grow();
    await vi.waitFor(() => expect(handler.caughtUpAt.get("t/0")).toEqual([3, 4]));
    expect(offsets(handler)).toEqual([1, 2, 3]);
    expect(pump.applied).toBe(4);
    expect(source.seeks).toEqual([1]);
  });

  it("seeks where the handler answers with another position", async () => {
    const { source, handler, pump } = setUp(3);
    const answers = [1, 2, 0];
    handler.apply = (batch) => answers.shift() ?? batch.next;
    void pump.run();
    await vi.waitFor(() => expect(offsets(handler)).toEqual([0, 1, 2, 0, 1, 2]));
    expect(source.seeks).toEqual([0, 0]);
  });

  it("retries a source that can't be read", async () => {
    const { source, handler, pump } = setUp(1);
    source.failures = 2;
    void pump.run();
    await vi.waitFor(() => expect(offsets(handler)).toEqual([0]));
  });

  it("ends at the signal, after the batch under way, and not before", async () => {
    const { handler, pump, end } = setUp(2);
    const held = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    handler.apply = async (batch) => {
      begun.resolve();
      await held.promise;
      return batch.next;
    };
    const ended = vi.fn<() => void>();
    const run = pump.run().then(ended);
    await begun.promise;
    end.abort();
    await Promise.resolve();
    expect(ended).not.toHaveBeenCalled();
    held.resolve();
    await run;
    expect(offsets(handler)).toEqual([0]);
    expect(pump.applied).toBe(1);
  });

  it("tells the handler nothing of a partition that was taken away before", async () => {
    const { handler, pump, end } = setUp(2);
    end.abort();
    await pump.run();
    expect(pump.begun).toBe(false);
    expect(handler.assignments).toEqual([]);
  });

  it("survives a handler that fails on hearing that it has caught up", async () => {
    const { source, handler, pump } = setUp(1);
    handler.caughtUp = () => {
      throw new TypeError("no");
    };
    void pump.run();
    await vi.waitFor(() => expect(offsets(handler)).toEqual([0]));
    source.grow();
    await vi.waitFor(() => expect(offsets(handler)).toEqual([0, 1]));
  });
});
