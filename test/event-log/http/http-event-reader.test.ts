import { describe, expect, it, onTestFinished } from "vitest";
import { MemoryEventLog } from "../../../examples/back-end/memory-event-log.ts";
import { MemoryStore } from "../../../examples/back-end/memory-store.ts";
import { createHttpEventLog } from "../../../src/event-log/http/http-event-log.ts";
import { HttpEventReader } from "../../../src/event-log/http/http-event-reader.ts";
import type { HttpLogOptions } from "../../../src/event-log/http/options.ts";
import { RecordingHandler } from "../../contract/event-log.handler.ts";
import { serveLog } from "../../support/serve-log.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };

async function serveMemory(): Promise<{
  readonly url: string;
  readonly log: MemoryEventLog;
  readonly stop: () => Promise<void>;
}> {
  const log = new MemoryEventLog(new MemoryStore());
  await log.createTopics([{ name: "t", partitions: 2 }]);
  const server = await serveLog(log);
  const stop = async (): Promise<void> => await server.stop();
  onTestFinished(stop);
  return { url: server.url, log, stop };
}

function readerOf(options: HttpLogOptions): HttpEventReader {
  const reader = new HttpEventReader(options);
  onTestFinished(async () => await reader.close());
  return reader;
}

async function append(log: MemoryEventLog, count: number): Promise<void> {
  for (let at = 0; at < count; at += 1)
    await log.append({ topic: "t", key: `k${at % 7}`, value: Buffer.from(String(at)), headers: {} });
}

describe("a consumer over HTTP", () => {
  it("gets everything once and in order, however often its connection breaks", async () => {
    const { url, log } = await serveMemory();
    let calls = 0;
    const breaking: typeof fetch = async (input, init) => {
      calls += 1;
      if (calls % 3 === 0) throw new TypeError("fetch failed", { cause: new TypeError("other side closed") });
      return await fetch(input, init);
    };
    const handler = new RecordingHandler();
    const reader = readerOf({ url, fetch: breaking });
    await reader.consume({ group: "g", topics: ["t"], ephemeral: true, maxBatchBytes: 500 }, handler);
    await append(log, 200);
    await expect.poll(() => handler.received.length, PATIENCE).toBe(200);
    for (const partition of [0, 1]) {
      const offsets = handler.received.filter((record) => record.partition === partition).map(({ offset }) => offset);
      expect(offsets).toEqual(offsets.map((_, at) => at));
    }
  });

  it("asks for nothing more while a handler takes its time", async () => {
    const { url, log } = await serveMemory();
    await append(log, 500);
    let calls = 0;
    const counting: typeof fetch = async (input, init) => {
      calls += 1;
      return await fetch(input, init);
    };
    const held = Promise.withResolvers<void>();
    const handler = new RecordingHandler();
    handler.apply = async (batch) => {
      await held.promise;
      return batch.next;
    };
    const reader = readerOf({ url, fetch: counting });
    await reader.consume({ group: "g", topics: ["t"], ephemeral: true, maxBatchBytes: 100 }, handler);
    // Of each partition: the offsets at the beginning, a batch that is applied, and two that wait.
    await expect.poll(() => calls, PATIENCE).toBe(1 + 2 * 4);
    await reader.offsets("t");
    expect(calls).toBe(1 + 2 * 4 + 1);
    held.resolve();
    await expect.poll(() => handler.received.length, PATIENCE).toBe(500);
  });

  it("is answered at once when the server stops, and goes on with the next server", async () => {
    const { log, ...first } = await serveMemory();
    let { url } = first;
    const moving: typeof fetch = async (input, init) =>
      await fetch(String(input instanceof Request ? input.url : input).replace(first.url, url), init);
    const handler = new RecordingHandler();
    await readerOf({ url, fetch: moving }).consume({ group: "g", topics: ["t"], ephemeral: true }, handler);
    await append(log, 5);
    await expect.poll(() => handler.received.length, PATIENCE).toBe(5);
    await first.stop();
    const second = await serveLog(log);
    onTestFinished(async () => await second.stop());
    ({ url } = second);
    await append(log, 5);
    await expect.poll(() => handler.received.length, PATIENCE).toBe(10);
  });
});

describe("what a log over HTTP can't do", () => {
  it("is refused with a reason", async () => {
    const { url } = await serveMemory();
    const log = createHttpEventLog({ url });
    onTestFinished(async () => await log.close());
    const refused = { code: "BAD_USER_INPUT", message: expect.stringMatching(/over HTTP/) };
    await expect(log.createTopics([{ name: "x", partitions: 1 }])).rejects.toMatchObject(refused);
    await expect(log.takeOver({ name: "o", input: { topic: "t", partition: 0 } })).rejects.toMatchObject(refused);
    await expect(log.join({ group: "g", onChange: () => {} })).rejects.toMatchObject(refused);
    await expect(log.consume({ group: "g", topics: ["t"] }, new RecordingHandler())).rejects.toMatchObject(refused);
  });

  it("is nothing that another server answers", async () => {
    const reader = readerOf({ url: "http://h8.invalid", fetch: async () => new Response("<html></html>") });
    await expect(reader.offsets("t")).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE", message: /EventQL/ });
  });
});
