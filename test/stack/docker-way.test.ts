import { chmod, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { delimiter, join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { composeFile } from "../../stack/docker.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const main = join(import.meta.dirname, "..", "..", "stack", "main.ts");
const compose = `compose --file ${composeFile} --project-name eventql`;

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  /** The command lines that Docker got. */
  readonly calls: readonly string[];
}

/** Runs `npm run stack` with a stand-in for Docker's client, whose engine runs the three servers. */
async function stackOnDocker(registryPort: number, ...argv: readonly string[]): Promise<Ended> {
  const folder = await temporaryFolder();
  const calls = join(folder, "calls");
  const containers = [
    { ID: "k", Service: "kafka", State: "running", Publishers: [{ PublishedPort: 9092 }] },
    { ID: "r", Service: "registry", State: "running", Publishers: [{ PublishedPort: registryPort }] },
    { ID: "m", Service: "mongo", State: "running", Publishers: [{ PublishedPort: 27_017 }] },
  ];
  await writeFile(join(folder, "containers"), JSON.stringify(containers));
  const script = `#!/bin/sh
echo "$* EVENTQL_REGISTRY_PORT=$EVENTQL_REGISTRY_PORT" >> '${calls}'
case "$*" in info*) echo 28.0.0 ;; *' ps '*) cat '${folder}/containers' ;; esac
`;
  await writeFile(join(folder, "docker"), script);
  await chmod(join(folder, "docker"), 0o755);
  const path = `${folder}${delimiter}${process.env["PATH"] ?? ""}`;
  const env = { PATH: path, EVENTQL_STACK_DATA: join(folder, "data"), EVENTQL_STACK_CACHE: join(folder, "cache") };
  const { exitCode, stdout } = await execa(process.execPath, [main, ...argv], { env, reject: false });
  return { exitCode, stdout, calls: (await readFile(calls, "utf8")).trimEnd().split("\n") };
}

/** A stand-in for the registry, of which only the level is asked. */
async function registryStandIn(level: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer((_request, response) => response.end(JSON.stringify({ compatibilityLevel: level })));
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(address === null || typeof address === "string" ? 0 : address.port);
  });
  onTestFinished(() => void server.close());
  return promise;
}

describe("npm run stack on a Docker engine", () => {
  it("starts the servers of the Compose file, waits for them and prints their addresses", async () => {
    const port = await registryStandIn("BACKWARD");
    const { exitCode, stdout, calls } = await stackOnDocker(port, "up");
    expect(exitCode).toBe(0);
    expect(stdout.split("\n")).toEqual([
      "export KAFKA_BROKERS='127.0.0.1:9092'",
      `export SCHEMA_REGISTRY_URL='http://127.0.0.1:${port}/apis/ccompat/v7'`,
      "export MONGODB_URL='mongodb://127.0.0.1:27017/?replicaSet=rs0'",
    ]);
    const up = `${compose} up --detach --wait --wait-timeout 300 kafka registry mongo EVENTQL_REGISTRY_PORT=${port}`;
    expect(calls).toContain(up);
  });

  it("fails if the registry doesn't take the level", async () => {
    const { exitCode } = await stackOnDocker(await registryStandIn("NONE"), "up");
    expect(exitCode).toBe(1);
  });

  it("shows the containers", async () => {
    const { exitCode, stdout } = await stackOnDocker(8081, "status");
    expect(exitCode).toBe(0);
    expect(stdout).toContain("http://127.0.0.1:8081/apis/ccompat/v7 (container r)");
  });

  it.each([
    { argv: ["down"], command: `${compose} down` },
    { argv: ["down", "--delete-data"], command: `${compose} down --volumes` },
  ])("stops the containers by $argv", async ({ argv, command }) => {
    const { exitCode, stdout, calls } = await stackOnDocker(8081, ...argv);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/MongoDB .*: stopped \(container m\)/);
    expect(calls).toContain(`${command} EVENTQL_REGISTRY_PORT=`);
  });
});
