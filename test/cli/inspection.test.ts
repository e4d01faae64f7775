import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventql } from "./run-cli.ts";

const SCHEMAS = join(import.meta.dirname, "../../schemas");
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

async function run(...args: readonly string[]): Promise<CliResult> {
  return await eventql(args, { cwd: folder.path });
}

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await folder.remove();
});

/** Registers a schema with a hint that there is not, of the topic `things`. */
async function registerWrongHint(): Promise<CliResult> {
  await mkdir(join(folder.path, "wrong/things"), { recursive: true });
  const schema = { type: "record", name: "Bad", eventql: { effct: "create" }, fields: [{ name: "a", type: "int" }] };
  await writeFile(join(folder.path, "wrong/things/Bad.avsc"), JSON.stringify(schema));
  return await run("schema", "register", "wrong");
}

/** The lines of an output of JSON lines. */
function linesOf(text: string): readonly unknown[] {
  return text
    .trim()
    .split("\n")
    .map((line): unknown => JSON.parse(line));
}

describe("before anything was started", () => {
  it("doctor says what to do where there are no schemas, and ends with 1", async () => {
    await mkdir(join(folder.path, "empty"));
    const { exitCode, stdout } = await eventql(["doctor"], { cwd: folder.path, env: { EVENTQL_SCHEMAS: "" } });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("✗ schemas: there are no event types in the registry");
    expect(stdout).toContain("→ Register some: eventql schema register <folder>.");
  });

  it("doctor names the mistakes of the folder's schemas", async () => {
    await mkdir(join(folder.path, "schemas/things"), { recursive: true });
    await writeFile(join(folder.path, "schemas/things/Bad.avsc"), '{"type":"record","name":"Bad"}');
    const { exitCode, stdout } = await eventql(["doctor"], { cwd: folder.path, env: { EVENTQL_SCHEMAS: "schemas" } });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^✗ folder .*schemas: SCHEMA_INVALID: /m);
    expect(stdout).toContain("Bad.avsc");
  });

  it("doctor names the wrong hints of what is registered, and looks at the rest all the same", async () => {
    await run("schema", "register");
    await registerWrongHint();
    const { exitCode, stdout } = await run("doctor", "--json");
    expect(exitCode).toBe(1);
    const findings: unknown = JSON.parse(stdout);
    expect(findings).toContainEqual({
      level: "fault",
      subject: "schemas",
      message: expect.stringMatching(/^CATALOG_INVALID: .*there is no hint effct\. Did you mean effect\?/s),
      remedy: expect.stringMatching(/^Register a version without it: /),
    });
    expect(findings).toContainEqual({
      level: "ok",
      subject: "schemas",
      message: "3 event types make 1 aggregate: User",
    });
    expect(findings).toContainEqual(expect.objectContaining({ level: "note", subject: "topic appuser" }));
  });

  it("schema register names wrong hints at once, but not those of other topics", async () => {
    const wrong = await registerWrongHint();
    expect(wrong).toMatchObject({ exitCode: 1, stdout: "things-Bad  version 1  id 1" });
    expect(wrong.stderr).toMatch(/^CATALOG_INVALID: .*things-Bad: there is no hint effct\. Did you mean effect\?$/s);
    expect(await run("schema", "register")).toMatchObject({ exitCode: 0, stderr: "" });
  });

  it("doctor names policies that would stop the start", async () => {
    await run("schema", "register");
    const file = "export default { policies: { Usr: { anonymous: { read: true } } } };\n";
    await writeFile(join(folder.path, "eventql.config.ts"), file);
    const { exitCode, stdout } = await run("doctor");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^✗ GraphQL API: CATALOG_INVALID: The policies don't fit .*policies\.Usr/ms);
  });

  it("wrong hints of one topic hide no other", async () => {
    await run("schema", "register");
    await registerWrongHint();
    const topics = await run("topics");
    expect(topics.stdout).toMatch(/^appuser /m);
    expect(topics.stderr).toMatch(/^left out: things-Bad: there is no hint effct\. Did you mean effect\?$/m);
    // Beyond the catalog: what is missing is the topic.
    expect(await run("tail", "appuser")).toMatchObject({ stderr: expect.stringMatching(/^TOPIC_NOT_FOUND: /) });
    expect(await run("tail", "things")).toMatchObject({ stderr: expect.stringMatching(/^CATALOG_INVALID: /) });
    const payload = '{"first_name":"A","last_name":"B"}';
    const produced = await run("produce", "--topic", "appuser", "--schema", "UserChanged", payload);
    expect(produced.stderr).not.toContain("CATALOG_INVALID");
  });

  it("topics and doctor say which topics don't exist yet, tail refuses one", async () => {
    await run("schema", "register");
    const topics = await run("topics");
    expect(topics.stdout).toMatch(/^appuser +- +- +does not exist yet +User +UserChanged, /m);
    expect(topics.stderr).toBe("Some topics don't exist yet (appuser): eventql start makes what is missing.");
    const doctor = await run("doctor");
    expect(doctor).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("! topic appuser: does not exist") });
    const tail = await run("tail", "appuser");
    const reason =
      "TOPIC_NOT_FOUND: There is no topic appuser. It has event types: eventql start makes what is missing.";
    expect(tail).toMatchObject({ exitCode: 1, stderr: reason });
    const unknown = await run("tail", "users");
    expect(unknown.stderr).toBe("TOPIC_NOT_FOUND: There is no topic users. Those with event types are appuser.");
  });

  it("topics and doctor name the topics that were asked for where the registry has none of them", async () => {
    await run("schema", "register");
    const topics = await run("topics", "--topics", "users");
    expect(topics.stderr).toMatch(/^There are no event types of topic users yet: /);
    const doctor = await run("doctor", "--topics", "users");
    expect(doctor.stdout).toContain("! schemas: there are no event types of topic users in the registry");
    expect(doctor.stdout).toMatch(/No faults\. To know: 1 note \(!\)\.$/);
  });
});

it.each([
  [["tail", "appuser", "--limit", "0"], /^BAD_USER_INPUT: --limit is "0": give a whole number from 1\.$/],
  [["tail", "appuser", "--format", "xml"], /^BAD_USER_INPUT: --format is "xml": give json or text\.$/],
  [["tail"], /missing required argument 'topic'/],
])("refuses %j", async (args, reason) => {
  const { exitCode, stderr } = await run(...args);
  expect(exitCode).not.toBe(0);
  expect(stderr).toMatch(reason);
});

describe("beside a running server", () => {
  let server: EventqlProcess;

  beforeEach(async () => {
    const data = join(folder.path, ".eventql");
    server = new EventqlProcess(["start", "--sample", "--port", "0", "--data", data, "--schemas", SCHEMAS]);
    await server.ready();
  });

  afterEach(async () => {
    await server.kill();
  });

  it("topics shows how much there is and what it becomes", async () => {
    const { stdout } = await run("topics", "--json");
    expect(JSON.parse(stdout)).toEqual([
      {
        topic: "appuser",
        exists: true,
        partitions: 4,
        events: expect.any(Number),
        cleanup: "kept for ever",
        aggregates: ["User"],
        owned: false,
        missing: [],
        eventTypes: ["UserChanged", "UserDeactivated", "UserEmailChanged"],
      },
    ]);
  });

  it("doctor finds nothing wrong", async () => {
    const { exitCode, stdout } = await run("doctor");
    expect(stdout).toContain("✓ topic appuser: 4 partitions, all of it projected");
    expect(stdout).toMatch(/Everything works\.$/);
    expect(exitCode).toBe(0);
  });

  it("tail shows what there is, as lines that produce takes", async () => {
    const { exitCode, stdout } = await run("tail", "appuser", "--from-beginning", "--no-follow");
    expect(exitCode).toBe(0);
    const lines = linesOf(stdout);
    expect(lines).toContainEqual({
      key: "0190a0de-0000-7000-8000-000000000001",
      schema: "app.user.UserChanged",
      value: { first_name: "Ada", last_name: "Lovelace" },
      _meta: expect.objectContaining({ topic: "appuser", offset: expect.any(Number), eventId: expect.any(String) }),
    });
    const again = await eventql(["produce", "--topic", "appuser", "--file", "-"], { cwd: folder.path, input: stdout });
    expect(again).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${lines.length} events appended`) });
    const limited = await run("tail", "appuser", "--from-beginning", "--limit", "2");
    expect(linesOf(limited.stdout)).toHaveLength(2);
  });

  it("tail follows one key as its events come", async () => {
    const tail = new EventqlProcess(["tail", "appuser", "--key", "k1", "--format", "text", "--from-beginning"], {
      EVENTQL_DATA: join(folder.path, ".eventql"),
    });
    const produce = async (...args: readonly string[]): Promise<unknown> =>
      await run("produce", "--topic", "appuser", ...args);
    await produce("--key", "k1", "--schema", "UserChanged", '{"first_name":"A","last_name":"B"}');
    await produce("--key", "k2", "--schema", "UserChanged", '{"first_name":"C","last_name":"D"}');
    await produce("--key", "k1", "--tombstone");
    await vi.waitFor(() => expect(tail.output.match(/ k1 /g)).toHaveLength(2), { timeout: 10_000 });
    expect(tail.output).toMatch(/ appuser\/\d\/\d+ k1 UserChanged {"first_name":"A","last_name":"B"}$/m);
    expect(tail.output).toMatch(/ k1 \(tombstone\)$/m);
    expect(tail.output).not.toContain("k2");
    tail.signal("SIGTERM");
    expect(await tail.exit()).toBe(0);
  });
});
