import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import {
  type EmbeddedEventLogOptions,
  openEmbeddedEventLog,
} from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { RecordingHandler } from "../../contract/event-log.handler.ts";

const adapter = new URL("../../../src/event-log/embedded/embedded-event-log.ts", import.meta.url).href;

describe("embedded event log", () => {
  let folder = "";
  let file = "";

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "eventql-embedded-"));
    file = join(folder, "data.sqlite");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function open(options: Partial<EmbeddedEventLogOptions> = {}): EventLog {
    const log = openEmbeddedEventLog({ file, logger: silentLogger, ...options });
    onTestFinished(() => log.close());
    return log;
  }

  const record = (value: string): { topic: string; key: string; value: Buffer; headers: Record<string, string> } => ({
    topic: "t",
    key: "k",
    value: Buffer.from(value),
    headers: {},
  });

  it("keeps topics, records and offsets when it is closed and opened again", async () => {
    const first = open();
    await first.createTopics([{ name: "t", partitions: 1, compacted: true, retentionMs: 5_000 }]);
    await first.append(record("1"));
    await first.close();
    const second = open();
    expect(await second.describeTopics(["t"])).toEqual([
      { name: "t", partitions: 1, compacted: true, retentionMs: 5_000 },
    ]);
    expect(await second.append(record("2"))).toMatchObject({ offset: 1 });
    expect(await second.offsets("t")).toEqual([{ low: 0, high: 2 }]);
  });

  it("delivers what another process appends at the same time, in each key's order", { timeout: 30_000 }, async () => {
    const log = open();
    await log.createTopics([{ name: "t", partitions: 2 }]);
    const handler = new RecordingHandler();
    await log.consume({ group: "g", topics: ["t"] }, handler);
    const script = `
      import { openEmbeddedEventLog } from ${JSON.stringify(adapter)};
      const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
      const log = openEmbeddedEventLog({ file: ${JSON.stringify(file)}, logger });
      for (let n = 0; n < 100; n += 1)
        await log.append({ topic: "t", key: "theirs", value: Buffer.from("theirs:" + n), headers: {} });
      await log.close();
    `;
    const child = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]);
    for (let count = 0; count < 100; count += 1) await log.append({ ...record(`ours:${count}`), key: "ours" });
    await child;
    await expect.poll(() => handler.received.length, { timeout: 10_000 }).toBe(200);
    for (const side of ["ours", "theirs"]) {
      const values = handler.values().filter((value) => value.startsWith(side));
      expect(values).toEqual(Array.from({ length: 100 }, (_, index) => `${side}:${index}`));
    }
  });

  it("waits while another connection holds the file, and writes in order once it is free", async () => {
    const log = open();
    await log.createTopics([{ name: "t", partitions: 1 }]);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const appends = ["1", "2"].map((value) => log.append(record(value)));
    expect(await log.offsets("t")).toEqual([{ low: 0, high: 0 }]);
    other.exec("COMMIT");
    other.close();
    expect((await Promise.all(appends)).map(({ offset }) => offset)).toEqual([0, 1]);
  });

  it("says within its bound that another connection holds the file, and has written nothing", async () => {
    const log = open({ appendTimeoutMs: 100 });
    await log.createTopics([{ name: "t", partitions: 1 }]);
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(log.append(record("1"))).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE", retriable: true });
    other.exec("ROLLBACK");
    other.close();
    expect(await log.append(record("2"))).toMatchObject({ offset: 0 });
  });

  it("keeps its file in WAL mode, so that readers and the writer don't hold each other up", async () => {
    open();
    const other = new DatabaseSync(file);
    onTestFinished(() => other.close());
    expect(other.prepare("PRAGMA journal_mode").get()).toEqual({ journal_mode: "wal" });
  });

  it("says so where the file can't be opened", () => {
    expect(() => open({ file: join(folder, "absent", "data.sqlite") })).toThrow(
      expect.objectContaining({ code: "EVENT_LOG_UNAVAILABLE" }),
    );
  });
});
