import { createServer } from "node:net";
import { writeFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "./temporary-folder.ts";

const main = join(import.meta.dirname, "..", "..", "stack", "main.ts");

interface Ended {
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

async function stack(data: string, ...argv: readonly string[]): Promise<Ended> {
  const env = { EVENTQL_STACK_DATA: data, EVENTQL_STACK_CACHE: join(data, "cache") };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [main, ...argv], { env, reject: false });
  return { exitCode, stdout, stderr };
}

async function takenPort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address();
    resolve(address === null || typeof address === "string" ? 0 : address.port);
  });
  onTestFinished(() => void server.close());
  return promise;
}

describe("npm run stack", () => {
  it("says with status that nothing runs, and exits with 1", async () => {
    const { exitCode, stdout, stderr } = await stack(await temporaryFolder(), "status");
    expect(exitCode).toBe(1);
    expect(stdout.split("\n")).toEqual([
      expect.stringMatching(/^Apache Kafka .*: not running$/),
      expect.stringMatching(/^Apicurio Registry .*: not running$/),
      expect.stringMatching(/^MongoDB .*: not running$/),
    ]);
    expect(stderr).toBe("");
  });

  it("says with down that nothing ran, and exits with 0", async () => {
    const { exitCode, stdout } = await stack(await temporaryFolder(), "down", "--delete-data");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/MongoDB .*: was not running\ntheir data is deleted$/);
  });

  it("never stops a process that has a server's old process id", async () => {
    const data = await temporaryFolder();
    await mkdir(join(data, "kafka"));
    await writeFile(join(data, "kafka", "process.json"), JSON.stringify({ pid: process.pid, port: 1 }));
    const { exitCode, stdout } = await stack(data, "down");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/Apache Kafka .*: was not running/);
  });

  it("names a taken port and the option that chooses another, before it fetches anything", async () => {
    const data = await temporaryFolder();
    const port = await takenPort();
    const { exitCode, stderr } = await stack(data, "up", "--way", "native", "--kafka-port", String(port));
    expect(exitCode).toBe(1);
    // a machine that lacks Java and the like says so instead
    expect(stderr).toMatch(new RegExp(`port ${port} for Apache Kafka .* --kafka-port|natively: missing`));
    expect(stderr).not.toContain("fetching");
  });

  it("prints help, and exits with 0", async () => {
    const { exitCode, stdout, stderr } = await stack(await temporaryFolder(), "--help");
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain("EVENTQL_STACK_CACHE");
  });

  it("says what is right for a wrong flag, and exits with 2", async () => {
    const { exitCode, stdout, stderr } = await stack(await temporaryFolder(), "down", "--delete-dta");
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
    expect(stderr).toContain("Did you mean --delete-data?");
  });
});
