import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { EventQLError } from "../src/errors.ts";
import { copyFile } from "./maven.ts";
import type { NativeServer } from "./native-server.ts";
import { addressOf, compatibility, host, titles, versions } from "./settings.ts";

const artifact = { group: "io.apicurio", name: "apicurio-registry-app", version: versions.registry } as const;
const runner = `${artifact.name}-${artifact.version}-runner.jar`;

const ANSWER_WITHIN_MS = 5000;

/** Apicurio Registry with its data in an H2 file; its Confluent-compatible API is what EventQL talks to. */
export const registry: NativeServer = {
  name: "registry",
  download: {
    name: `apicurio-registry-${versions.registry}`,
    what: `${titles.registry} from Maven Central (about 140 MB)`,
    fill: fetchRegistry,
  },
  marker,
  prepare: async ({ files, data, port, java }) => {
    const properties = {
      "quarkus.http.host": host,
      "quarkus.http.port": port,
      "quarkus.datasource.jdbc.url": `jdbc:h2:file:${join(data, "h2")}`,
      "quarkus.datasource.jdbc.initial-size": 2,
      "quarkus.datasource.jdbc.min-size": 2,
      "registry.rules.global.compatibility": compatibility,
    };
    const defined = Object.entries(properties).map(([name, value]) => `-D${name}=${value}`);
    return { command: java, args: ["-Xmx384m", marker(data), ...defined, "-jar", join(files, runner)] };
  },
  isReady: isRegistryReady,
  settle: setCompatibility,
};

/** Whether a registry on this port answers. */
async function isRegistryReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`${addressOf("registry", port)}/subjects`, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }))
      .ok;
  } catch {
    return false;
  }
}

/**
 * Sets the level for subjects that have none of their own, and reads it back.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` if the registry doesn't keep it
 */
export async function setCompatibility(port: number): Promise<void> {
  const config = `${addressOf("registry", port)}/config`;
  const headers = { "content-type": "application/json" };
  await fetch(config, {
    method: "PUT",
    headers,
    body: JSON.stringify({ compatibility }),
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  const kept = await (await fetch(config, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) })).text();
  if (!kept.includes(`"${compatibility}"`))
    throw new EventQLError("STACK_UNAVAILABLE", `the registry didn't take the level ${compatibility}: ${kept}`);
}

async function fetchRegistry(folder: string, scratch: string): Promise<void> {
  await copyFile({ ...artifact, type: "tar.gz", classifier: "all" }, scratch, scratch);
  const archive = (await readdir(scratch)).find((name) => name.endsWith(".tar.gz"));
  if (archive === undefined) throw new EventQLError("STACK_UNAVAILABLE", `Maven gave no archive of ${titles.registry}`);
  await execa("tar", ["-xzf", join(scratch, archive), "-C", folder]);
}

function marker(data: string): string {
  return `-Deventql.data=${data}`;
}
