import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killNative, startNativeServer, stopNative } from "../../stack/native.ts";
import { chooseWayHere, startServers, stopServers } from "../../stack/servers.ts";
import { addressOf, cacheFolder } from "../../stack/settings.ts";

/** A Kafka cluster of one test's own. */
export interface SecondKafka {
  readonly brokers: string;
  stop(): Promise<void>;
}

/** Starts another Kafka cluster beside the one that tests share; it ends with this process at the latest. */
export async function startSecondKafka(): Promise<SecondKafka> {
  const cache = cacheFolder();
  const data = await mkdtemp(join(tmpdir(), `eventql-test-stack-${process.pid}-`));
  const report = (): void => {};
  if ((await chooseWayHere(cache)) === "native") return await startNative({ cache, data }, report);
  const place = { cache, data, project: `eventql-test-second-${process.pid}` };
  const { kafka } = await startServers("docker", place, { kafka: 0, registry: 0, mongo: 0 }, report);
  const stop = async (): Promise<void> => {
    await stopServers(place, true);
    await rm(data, { recursive: true, force: true });
  };
  return { brokers: kafka.address, stop };
}

async function startNative(
  folders: { readonly cache: string; readonly data: string },
  report: () => void,
): Promise<SecondKafka> {
  const kill = (): void => killNative(folders.data, "kafka");
  process.once("exit", kill);
  const { port } = await startNativeServer(folders, "kafka", report);
  return {
    brokers: addressOf("kafka", port),
    async stop() {
      process.off("exit", kill);
      await stopNative(folders.data, "kafka");
      await rm(folders.data, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
