import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { appendRaw } from "../support/embedded-raw.ts";
import { eventLogContract, type LogUnderTest } from "./event-log.ts";

async function make(): Promise<LogUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "eventql-log-"));
  const file = join(folder, "data.sqlite");
  const cleaning = { intervalMs: 20, compactionLagMs: 0, tombstonesMs: 0 };
  const open = (): EventLog => openEmbeddedEventLog({ file, logger: silentLogger, cleaning });
  const log = open();
  return {
    log,
    open,
    appendRaw: async (record) => appendRaw(file, record),
    createCleaned: async (spec) => await log.createTopics([spec]),
    dispose: async () => {
      await log.close();
      await rm(folder, { recursive: true });
    },
  };
}

eventLogContract("embedded", make, {
  sharingPartitions: "one server process holds the data folder, and so all partitions of a group",
  membersElsewhere: "one server process holds the data folder, and so there are no others",
});
