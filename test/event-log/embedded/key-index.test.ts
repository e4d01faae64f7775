import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog, ReadKeyOptions } from "../../../src/event-log/event-log.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { appendRaw } from "../../support/embedded-raw.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";

const LARGE = 45_000;
const ALL: ReadKeyOptions = { topic: "t", partition: 0, key: "k7", from: 0, until: LARGE * 2, limit: 100_000 };

describe("the index of keys", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file = "";
  let log: EventLog;

  beforeEach(async () => {
    folder = await temporaryFolder();
    file = join(folder.path, "log.db");
    log = openEmbeddedEventLog({ file, logger: silentLogger });
    await log.createTopics([{ name: "t", partitions: 1 }]);
    const keys = Array.from({ length: LARGE }, (_, index) =>
      index % 100 === 0 ? null : Buffer.from(`k${index % 1_000}`),
    );
    appendRaw(file, ...keys.map((key) => ({ topic: "t", partition: 0, key, value: null })));
  });

  afterEach(async () => {
    await log.close();
    await folder.remove();
  });

  test("holds what is read, however much there is, and what comes later", async () => {
    expect((await log.readKey({ ...ALL, limit: 5, until: 3_000 })).records.map(({ offset }) => offset)).toEqual([
      7, 1_007, 2_007,
    ]);
    const [first, again] = await Promise.all([log.readKey(ALL), log.readKey(ALL)]);
    expect(first.records).toHaveLength(LARGE / 1_000);
    expect(again).toEqual(first);
    await log.append({ topic: "t", key: "k7", value: Buffer.from("x"), headers: {} });
    const { records } = await log.readKey({ ...ALL, newest: true, limit: 2 });
    expect(records.map(({ offset }) => offset)).toEqual([LARGE - 993, LARGE]);
    const db = new DatabaseSync(file);
    expect(db.prepare("SELECT count(*) AS count FROM log_keys").get()).toEqual({ count: LARGE - LARGE / 100 + 1 });
    db.close();
  });

  test("takes its time while another process holds the file, and says so where that is too long", async () => {
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    await expect(log.readKey({ ...ALL, timeoutMs: 1 })).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const waiting = log.readKey(ALL);
    other.exec("ROLLBACK");
    other.close();
    expect((await waiting).records).toHaveLength(LARGE / 1_000);
  });
});
