import { rmSync } from "node:fs";
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execaSync } from "execa";
import { composeArgs } from "../../stack/docker.ts";
import { killNative } from "../../stack/native.ts";
import type { Report } from "../../stack/progress.ts";
import { chooseWayHere, startServers, stopServers, type Place } from "../../stack/servers.ts";
import { cacheFolder, serverNames } from "../../stack/settings.ts";
import type { Way } from "../../stack/way.ts";
import type { RealStack } from "./real-stack.ts";

const PREFIX = "eventql-test-stack-";

/** Servers of this test run alone. */
export interface OwnServers {
  readonly stack: RealStack;
  readonly stop: () => Promise<void>;
}

/**
 * Starts servers on free ports with their data in a temporary folder. They end with this process, also if that is
 * interrupted; what a killed test run left is removed first.
 */
export async function startOwnServers(report: Report): Promise<OwnServers> {
  const cache = cacheFolder();
  const way = await chooseWayHere(cache);
  await removeLeftOvers();
  const data = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`));
  const place: Place = { cache, data, project: `eventql-test-${process.pid}` };
  const forget = onEnd(() => removeNow(way, place));
  const { kafka, registry, mongo } = await startServers(way, place, { kafka: 0, registry: 0, mongo: 0 }, report);
  return {
    stack: { brokers: kafka.address, registryUrl: registry.address, mongoUrl: mongo.address },
    stop: async () => {
      await stopServers(place, true);
      forget();
      removeFolder(data);
    },
  };
}

/** Runs something when this process ends or is interrupted; the returned function takes that back. */
function onEnd(run: () => void): () => void {
  const interrupted = (_signal: NodeJS.Signals, number: number): void => process.exit(128 + number);
  process.once("exit", run);
  process.once("SIGINT", interrupted);
  process.once("SIGTERM", interrupted);
  return () => {
    process.off("exit", run);
    process.off("SIGINT", interrupted);
    process.off("SIGTERM", interrupted);
  };
}

function removeNow(way: Way, { data, project }: Place): void {
  for (const name of serverNames) killNative(data, name);
  if (way === "docker") execaSync("docker", composeArgs(project, ["down", "--volumes"]), { reject: false });
  removeFolder(data);
}

/** Ends the servers of test runs whose process is gone. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner)))
      removeNow("native", { cache: "", data: join(tmpdir(), name), project: "" });
  }
}

/** A server that was just killed may still hold a file for a moment. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
