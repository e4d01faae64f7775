import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { partitionOf } from "../../../src/event-log/partition.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { openEmbeddedRegistry } from "../../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { appendRaw } from "../../support/embedded-raw.ts";
import type { HotReloadStack } from "../hot-reload.ts";

/** As the gateway makes a topic. */
const PARTITIONS = 4;

/** Opens an embedded stack whose registry the suite writes to while a gateway runs. */
export async function openHotEmbedded(folder: string): Promise<HotReloadStack> {
  const data = join(folder, "data");
  const file = join(data, "eventql.db");
  await mkdir(data, { recursive: true });
  const registry = openEmbeddedRegistry({ file });
  return {
    args: ["--stack", "embedded", "--data", data],
    env: {},
    registry,
    async produce(topic, key, value) {
      const bytes = Buffer.from(key);
      appendRaw(file, { topic, partition: partitionOf(bytes, PARTITIONS), key: bytes, value });
      await Promise.resolve();
    },
    async collection(name) {
      const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
      const documents = await readModel.find(name, { filter: {} });
      await readModel.close();
      return documents;
    },
    close: async () => await registry.close(),
  };
}
