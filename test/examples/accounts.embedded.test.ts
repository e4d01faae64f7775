import { DatabaseSync } from "node:sqlite";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { openEmbedded } from "../e2e/stacks/embedded.ts";
import { type AccountsStack, accountsSuite } from "./accounts.ts";

accountsSuite("embedded", async (folder): Promise<AccountsStack> => {
  const stack = await openEmbedded(folder);
  const data = join(folder, "data");
  await mkdir(data);
  const file = join(data, "eventql.db");
  const cleaning = { intervalMs: 50, compactionLagMs: 0, tombstonesMs: 0 };
  const log = openEmbeddedEventLog({ file, logger: silentLogger, cleaning });
  const write = (sql: string, ...parameters: readonly (string | number)[]): void => {
    const db = new DatabaseSync(file, { timeout: 5_000 });
    db.prepare(sql).run(...parameters);
    db.close();
  };
  return {
    ...stack,
    log,
    // The log itself gives each record its time.
    async produceOld({ topic, key, value, timestamp }) {
      const headers = { ce_time: new Date(timestamp).toISOString() };
      const { partition, offset } = await log.append({ topic, key, value, headers });
      write("UPDATE log_records SET timestamp = ? WHERE partition = ? AND offset = ?", timestamp, partition, offset);
    },
    async expire(topic) {
      const old = 40 * 86_400_000;
      write(
        "UPDATE log_records SET timestamp = timestamp - ? WHERE topic = (SELECT id FROM log_topics WHERE name = ?)",
        old,
        topic,
      );
      await Promise.resolve();
    },
    async close() {
      await log.close();
      await stack.close();
    },
  };
});
