import { execFile } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { placed, valuesOf } from "../../contract/event-log.owner-tools.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const adapter = new URL("../../../src/event-log/embedded/embedded-event-log.ts", import.meta.url).href;
const OF = { name: "owner", input: { topic: "input", partition: 0 } };

describe("an owner of a partition in a file", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file = "";

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, "log.db");
  });
  afterEach(() => folder.remove());

  async function open(appendTimeoutMs?: number): Promise<EventLog> {
    const log = openEmbeddedEventLog({
      file,
      logger: silentLogger,
      ...(appendTimeoutMs !== undefined && { appendTimeoutMs }),
    });
    onTestFinished(() => log.close());
    await log.createTopics(["input", "events"].map((name) => ({ name, partitions: 1 })));
    return log;
  }

  /** Holds the file as another process does, until told to let it go. */
  function hold(): () => void {
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    return () => {
      other.exec("ROLLBACK");
      other.close();
    };
  }

  test("is the last one still when the file is opened again", async () => {
    const first = await open();
    const owner = await first.takeOver(OF);
    await owner.commit({ records: [placed("events", 0, "1", 0)], next: 5 });
    await first.close();
    await expect(owner.commit({ records: [], next: 6 })).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const second = await open();
    expect((await second.takeOver(OF)).next).toBe(5);
    expect(await valuesOf(second, "events")).toEqual(["1"]);
  });

  test("waits while another process holds the file", async () => {
    const log = await open();
    const owner = await log.takeOver(OF);
    const letGo = hold();
    const committing = owner.commit({ records: [placed("events", 0, "1")], next: 1 });
    const taking = log.takeOver({ ...OF, name: "other" });
    expect(await valuesOf(log, "events")).toEqual([]);
    letGo();
    expect(await committing).toBe("committed");
    expect((await taking).next).toBeUndefined();
  });

  test("is at its end where that takes too long, and has written nothing", async () => {
    const log = await open(50);
    const owner = await log.takeOver(OF);
    const letGo = hold();
    const unavailable = { code: "EVENT_LOG_UNAVAILABLE", retriable: true };
    const late = { records: [placed("events", 0, "1")], next: 1 };
    await expect(owner.commit(late)).rejects.toMatchObject(unavailable);
    await expect(log.takeOver(OF)).rejects.toMatchObject(unavailable);
    letGo();
    await expect(owner.commit(late)).rejects.toMatchObject(unavailable);
    const next = await log.takeOver(OF);
    expect(next.next).toBeUndefined();
    expect(await next.commit({ records: [placed("events", 0, "2")], next: 1 })).toBe("committed");
    expect(await valuesOf(log, "events")).toEqual(["2"]);
  });

  test("has committed each of its commits whole or not at all when its process is killed", async () => {
    const log = await open();
    const script = `
      import { openEmbeddedEventLog } from ${JSON.stringify(adapter)};
      const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
      const log = openEmbeddedEventLog({ file: ${JSON.stringify(file)}, logger });
      const owner = await log.takeOver(${JSON.stringify(OF)});
      setTimeout(() => process.kill(process.pid, "SIGKILL"), 60);
      for (let next = owner.next ?? 0; ; next += 1) {
        const record = { topic: "events", partition: 0, key: null, value: Buffer.from(String(next)), headers: {} };
        await owner.commit({ records: [record, record], next: next + 1 });
      }
    `;
    let reached = 0;
    for (let round = 0; round < 3; round += 1) {
      await expect(
        promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script]),
      ).rejects.toMatchObject({ signal: "SIGKILL" });
      const { next = 0 } = await log.takeOver(OF);
      expect(next).toBeGreaterThan(reached);
      reached = next;
      const values = Array.from({ length: reached }, (_, index) => [String(index), String(index)]);
      expect(await valuesOf(log, "events")).toEqual(values.flat());
    }
  });
});
