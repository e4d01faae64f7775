import { join } from "node:path";
import avsc from "avsc";
import { partitionOf } from "../../../src/event-log/partition.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { openEmbeddedRegistry } from "../../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { appendRaw } from "../../support/embedded-raw.ts";
import type { E2EStack } from "./stack.ts";

/** As the gateway makes a topic. */
const PARTITIONS = 4;

/** The embedded stack, in a folder of its own. */
export async function openEmbedded(folder: string): Promise<E2EStack> {
  const data = join(folder, "data");
  const file = join(data, "eventql.db");
  return await Promise.resolve({
    args: ["--stack", "embedded", "--data", data],
    env: {},
    async produce(topic, records) {
      const partitionOfKey = (key: Buffer | null): number => (key === null ? 0 : partitionOf(key, PARTITIONS));
      appendRaw(file, ...records.map((record) => ({ topic, partition: partitionOfKey(record.key), ...record })));
      await Promise.resolve();
    },
    async serialize(topic, fullName, event) {
      const registry = openEmbeddedRegistry({ file });
      const newest = (await registry.versions(`${topic}-${fullName}`)).at(-1);
      await registry.close();
      const header = Buffer.alloc(5);
      header.writeInt32BE(newest?.id ?? 0, 1);
      const type = avsc.Type.forSchema(JSON.parse(newest?.schema ?? ""));
      return Buffer.concat([header, type.toBuffer(event)]);
    },
    async collection(name) {
      const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
      const documents = await readModel.find(name, { filter: {} });
      await readModel.close();
      return documents;
    },
    close: async () => {},
  });
}
