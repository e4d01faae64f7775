import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventql } from "./run-cli.ts";

const ADD = '{"first_name":"first","last_name":"name"}';
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

/** Runs a command on the folder's own embedded stack. */
async function run(args: readonly string[], input?: string): Promise<CliResult> {
  return await eventql(args, { cwd: folder.path, ...(input === undefined ? {} : { input }) });
}

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await folder.remove();
});

describe("the embedded stack", () => {
  it("says what to do while there are no schemas", async () => {
    const { exitCode, stderr } = await run(["produce", "--topic", "appuser", "--schema", "UserChanged", ADD]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^BAD_USER_INPUT: The registry has no schemas yet: .*eventql schema register\.$/);
  });

  it("registers a folder of schemas, and again without a change", async () => {
    const first = await run(["schema", "register"]);
    expect(first.stdout).toMatch(/^appuser-app\.user\.UserChanged {2}version 1 {2}id \d+$/m);
    const again = await run(["schema", "register"]);
    expect(again.stdout).toBe(first.stdout);
  });

  it("prints the API as SDL", async () => {
    await run(["schema", "register"]);
    const { exitCode, stdout, stderr } = await run(["schema", "print"]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("type User ");
    expect(stdout).toContain("userChanged(");
  });

  it("prints an API without aggregates, and says so, while there are no schemas", async () => {
    const { exitCode, stdout, stderr } = await run(["schema", "print"]);
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining("no event types in the registry yet")]);
    expect(stdout).toContain("type Query");
  });

  it("says that a topic does not exist yet", async () => {
    await run(["schema", "register"]);
    const { exitCode, stderr } = await run(["produce", "--topic", "appuser", "--schema", "UserChanged", ADD]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^TOPIC_NOT_FOUND: /);
  });
});

describe("producing what can't be", () => {
  it.each([
    ["an unknown topic", ["--topic", "appusr", ADD], "the topics with schemas are appuser"],
    ["no event type", ["--topic", "appuser", ADD], "name one of UserChanged, UserDeactivated, UserEmailChanged"],
    ["an unknown event type", ["--topic", "appuser", "--schema", "Nope", ADD], "it has UserChanged"],
    ["a field of the wrong type", ["--topic", "appuser", "--schema", "UserChanged", '{"first_name":1}'], "first_name"],
    ["no JSON", ["--topic", "appuser", "--schema", "UserChanged", "first"], "not JSON"],
    ["a missing file", ["--topic", "appuser", "--file", "none.ndjson"], "none.ndjson"],
  ])("says what is wrong with %s", async (_what, args, message) => {
    await run(["schema", "register"]);
    const { exitCode, stdout, stderr } = await run(["produce", ...args]);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
  });
});

it("names a folder that has no schemas", async () => {
  await writeFile(join(folder.path, "empty"), "");
  const { exitCode, stderr } = await run(["schema", "register", "empty"]);
  expect(exitCode).toBe(1);
  expect(stderr).toContain("empty");
});
