import { mkdir, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli/run.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventql } from "./run-cli.ts";

const SCHEMAS = join(import.meta.dirname, "../../schemas");

/** A registry that nobody answers for. */
const NO_SERVERS = { EVENTQL_STACK: "real", SCHEMA_REGISTRY_URL: "http://127.0.0.1:1", KAFKA_BROKERS: "127.0.0.1:1" };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

/** Runs a command line in this process, on the example's schemas and with no other settings from outside. */
async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliResult> {
  let stdout = "";
  let stderr = "";
  const exitCode = await runCli(args, {
    stdin: Readable.from([]),
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env,
    cwd: folder.path,
  });
  return { exitCode, stdout, stderr };
}

async function record(topic: string, name: string, extra: object = {}): Promise<void> {
  const schema = { type: "record", name, fields: [{ name: "a", type: "int" }], ...extra };
  await mkdir(join(folder.path, "own", topic), { recursive: true });
  await writeFile(join(folder.path, "own", topic, `${name}.avsc`), JSON.stringify(schema));
}

describe.each([
  ["codegen", "export type UserEvent ="],
  ["schema print", "type UserChange "],
])("eventql %s", (command, part) => {
  const words = command.split(" ");

  it("works from a folder alone, and leaves nothing behind", async () => {
    const temporary = join(folder.path, "tmp");
    await mkdir(temporary);
    vi.stubEnv("TMPDIR", temporary);
    const { exitCode, stdout, stderr } = await run([...words, "--from", SCHEMAS], NO_SERVERS);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(stdout).toContain(part);
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(folder.path)).toEqual(["tmp"]);
  });

  it("works from the stack's registry, and gives the same there", async () => {
    await run(["schema", "register", SCHEMAS]);
    const fromRegistry = await run(words);
    const fromFolder = await run([...words, "--from", SCHEMAS]);
    expect(fromRegistry.stdout).toBe(fromFolder.stdout);
  });

  it("writes a file, checks it, and says where it is stale", async () => {
    const file = join(folder.path, "deep/out.txt");
    const write = [...words, "--from", SCHEMAS, "--out", "deep/out.txt"];
    const check = [...write, "--check"];
    expect(await run(check)).toEqual({
      exitCode: 1,
      stdout: "",
      stderr: "deep/out.txt is stale: it doesn't exist. Run the same command without --check to write it anew.\n",
    });
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
    expect(await run(write)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    const text = await readFile(file, "utf8");
    expect(text).toContain(part);
    expect(await run(check)).toEqual({ exitCode: 0, stdout: "", stderr: "" });
    await writeFile(file, text.replaceAll("\n", "\r\n"));
    expect(await run(check)).toMatchObject({ exitCode: 0 });
    for (const [stale, why] of [
      [text.replace(part, "x"), /^deep\/out\.txt is stale: it differs from the schemas in line \d+\. /],
      [`${text}\n`, /^deep\/out\.txt is stale: it has more lines than the schemas give\. /],
      [text.slice(0, -1), /^deep\/out\.txt is stale: it differs from the schemas in line \d+\. /],
    ] as const) {
      await writeFile(file, stale);
      expect(await run(check)).toEqual({ exitCode: 1, stdout: "", stderr: expect.stringMatching(why) });
      expect(await readFile(file, "utf8")).toBe(stale);
    }
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ["a check of nothing", ["--check"], 1, /^BAD_USER_INPUT: --check has no file to check: name it with --out\.\n$/],
    ["a folder that isn't there", ["--from", "nowhere"], 1, /^CONFIG_INVALID: The folder of schemas, .*nowhere, can't/],
    ["a folder and a stack", ["--from", SCHEMAS, "--stack", "real"], 2, /'--from <folder>' cannot be used with/],
    ["a folder in place of a file", ["--from", SCHEMAS, "--out", "."], 1, /^BAD_USER_INPUT: The file .* can't be read/],
  ])("refuses %s", async (_what, args, exitCode, reason) => {
    expect(await run([...words, ...args])).toEqual({ exitCode, stdout: "", stderr: expect.stringMatching(reason) });
  });

  it("names what is wrong in the folder", async () => {
    await record("things", "Bad", { eventql: { effct: "create" } });
    const { exitCode, stderr } = await run([...words, "--from", "own"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^CATALOG_INVALID: .*there is no hint effct\. Did you mean effect\?/s);
  });

  it("says that there is nothing", async () => {
    await mkdir(join(folder.path, "own"));
    const { exitCode, stderr } = await run([...words, "--from", "own"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "There are no event types in own yet.\n" });
  });
});

it("prints the types of events, commands and aggregates", async () => {
  const { stdout } = await eventql(["codegen", "--from", SCHEMAS], { cwd: folder.path });
  await expect(`${stdout}\n`).toMatchFileSnapshot("../golden/codegen/schemas.ts");
});

it("keeps to the topics that it is given, with their commands", async () => {
  await record("things", "Made");
  await record("things.commands", "Make");
  await record("others", "Found");
  await record("others.commands", "Find");
  const { stdout } = await run(["codegen", "--from", "own", "--topics", "things"]);
  const declared = [...stdout.matchAll(/^export type (\w+)/gm)].map(([, name]) => name);
  expect(declared).toEqual(["Thing", "ThingEvent", "Made", "ThingCommand", "Make"]);
});
