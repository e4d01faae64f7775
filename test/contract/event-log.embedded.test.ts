import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { eventLogContract, type LogUnderTest, type RawRecord } from "./event-log.ts";

async function make(): Promise<LogUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "eventql-log-"));
  const file = join(folder, "data.sqlite");
  const open = (): EventLog => openEmbeddedEventLog({ file, logger: silentLogger });
  const log = open();
  return {
    log,
    open,
    appendRaw: async (record) => appendRaw(file, record),
    dispose: async () => {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

function appendRaw(file: string, { topic, partition, key, value }: RawRecord): void {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec("BEGIN IMMEDIATE");
  const id = db.prepare("SELECT id FROM log_topics WHERE name = ?").get(topic)?.["id"] ?? null;
  const advance = db.prepare(
    "UPDATE log_partitions SET next = next + 1 WHERE topic = ? AND partition = ? RETURNING next",
  );
  const offset = Number(advance.get(id, partition)?.["next"]) - 1;
  db.prepare("INSERT INTO log_records VALUES (?, ?, ?, ?, ?, ?, NULL)").run(
    id,
    partition,
    offset,
    Date.now(),
    key,
    value,
  );
  db.exec("COMMIT");
  db.close();
}

eventLogContract("embedded", make, {
  sharingPartitions: "one server process holds the data folder, and so all partitions of a group",
});
