import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Stage } from "../../examples/demo/stage.ts";
import { tellStory } from "../../examples/demo/story.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const MAIN = join(import.meta.dirname, "../../examples/demo/main.ts");
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** Starts the demo with its temporary files in a folder of the test's own. */
function demo(env: Readonly<Record<string, string>> = {}): ChildProcess {
  const { PATH = "" } = process.env;
  return spawn(process.execPath, ["--disable-warning=TimeoutNegativeWarning", MAIN], {
    env: { PATH, HOME: folder.path, TMPDIR: join(folder.path, "tmp"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function outputOf({ stdout }: ChildProcess): Promise<string> {
  return stdout === null ? "" : await text(stdout);
}

async function errorsOf({ stderr }: ChildProcess): Promise<string> {
  return stderr === null ? "" : await text(stderr);
}

/** Resolves when the demo has printed this; what comes after is thrown away. */
async function printed({ stdout }: ChildProcess, part: string): Promise<void> {
  let output = "";
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  stdout?.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (output.includes(part)) resolve();
  });
  stdout?.once("end", () => reject(new RangeError(`it ended with:\n${output}`)));
  await promise;
}

beforeEach(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, "tmp"));
});

afterEach(async () => {
  await folder.remove();
});

describe("npm run demo", () => {
  it("is what this test starts", async () => {
    const manifest: unknown = JSON.parse(await readFile(join(MAIN, "../../../package.json"), "utf8"));
    expect(manifest).toMatchObject({
      scripts: { demo: "node --disable-warning=TimeoutNegativeWarning examples/demo/main.ts" },
    });
  });

  it("tells the whole story, ends by itself with 0, and leaves nothing behind", async () => {
    // A Kafka of the machine's own is none of its business.
    const child = demo({ KAFKA_BROKERS: "127.0.0.1:1", EVENTQL_DATA: "/nowhere" });
    const [output, errors] = await Promise.all([outputOf(child), errorsOf(child), once(child, "close")]);
    expect([child.exitCode, errors]).toEqual([0, ""]);
    // Without a terminal there are no colours.
    expect(output).not.toContain("\u001B");
    for (const line of [
      "$ eventql schema register\n  appuser-app.user.UserChanged  version 1  id 1\n",
      /EventQL is ready at http:\/\/localhost:\d+\/graphql \(embedded stack\)/,
      "4 events appended to appuser",
      '> { users(where: { id: { in: ["ada", "alan", "grace"] } }) { id firstname last_name email } }\n',
      '{"id":"grace","firstname":"Grace","last_name":"Hopper","email":"grace@example.com"}',
      '~ {"operation":"SNAPSHOT","user":{"firstname":"Ada","last_name":"Byron"},',
      '{"userChanged":{"status":"PROJECTED","user":{"firstname":"Ada","last_name":"Lovelace"}}}',
      '~ {"operation":"UPDATE","user":{"firstname":"Ada","last_name":"Lovelace"},',
      "appuser-app.user.UserChanged  version 2  id 4",
      '{"user":{"firstname":"Ada","phone":null}}',
      '{"userChanged":{"status":"PROJECTED","user":{"firstname":"Ada","phone":"+44 20 1815"}}}',
      '~ {"operation":"UPDATE","user":{"firstname":"Ada","last_name":"King"},',
      "SCHEMA_INCOMPATIBLE: ",
      "frst_name: no such field. Did you mean first_name?",
      'after: "',
      '~ {"operation":"UPDATE","user":{"firstname":"Augusta Ada","last_name":"King"},',
    ]) {
      expect(output).toMatch(line);
    }
    expect(await readdir(join(folder.path, "tmp"))).toEqual([]);
  }, 60_000);

  it("ends at Ctrl-C, and leaves nothing behind", async () => {
    const child = demo();
    const errors = errorsOf(child);
    await printed(child, "EventQL is ready");
    child.kill("SIGINT");
    await once(child, "close");
    expect([child.exitCode, await errors]).toEqual([130, ""]);
    expect(await readdir(join(folder.path, "tmp"))).toEqual([]);
  });

  it("says why it can't begin, and ends with 1", async () => {
    const child = demo({ TMPDIR: join(folder.path, "missing") });
    const [output, errors] = await Promise.all([outputOf(child), errorsOf(child), once(child, "close")]);
    expect([child.exitCode, output]).toEqual([1, ""]);
    expect(errors).toMatch(/^\nThe demo failed: .*missing/);
  });

  it("fails at a step that doesn't show what it should", async () => {
    const { signal } = new AbortController();
    const stage = new Stage(new PassThrough(), false, signal);
    const startGateway = async (): Promise<never> => await Promise.reject(new RangeError("not so far"));
    const broken = (exitCode: number, output: string): Promise<void> =>
      tellStory(stage, { path: folder.path, signal, startGateway, run: () => Promise.resolve({ exitCode, output }) });
    const message = /^This is not what it should be:\neventql schema register\n.*"output":"broken"/;
    await expect(broken(1, "broken")).rejects.toThrow(message);
    await expect(broken(0, "nothing registered")).rejects.toThrow("nothing registered");
    await expect(broken(0, "appuser-app.user.UserChanged  version 1  id 1")).rejects.toThrow("not so far");
  });
});
