import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventql } from "./run-cli.ts";
import { linesOf } from "./watch/lines.ts";

const ADA = "0190a0de-0000-7000-8000-000000000001";
const GRACE = "0190a0de-0000-7000-8000-000000000002";
const SCHEMAS = join(import.meta.dirname, "../../schemas");
const PATIENCE = { timeout: 20_000, interval: 20 };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: EventqlProcess;
let url = "";
const watching: EventqlProcess[] = [];

async function startGateway(port: string): Promise<void> {
  gateway = new EventqlProcess(["start", "--sample", "--port", port, "--data", folder.path, "--schemas", SCHEMAS]);
  url = await gateway.ready();
}

/** Watches until the test is over. */
function watch(...args: readonly string[]): EventqlProcess {
  const child = new EventqlProcess(["watch", "users", ...args], { EVENTQL_URL: url });
  watching.push(child);
  return child;
}

/** Watches until it ends by itself. */
async function watched(...args: readonly string[]): Promise<CliResult> {
  return await eventql(["watch", ...args], { cwd: folder.path, env: { EVENTQL_URL: url } });
}

async function produce(lines: readonly object[]): Promise<void> {
  const input = lines.map((line) => JSON.stringify(line)).join("\n");
  const args = ["produce", "--topic", "appuser", "--file", "-", "--data", folder.path];
  expect(await eventql(args, { cwd: folder.path, input })).toMatchObject({ exitCode: 0 });
}

/** Gives a user a name, and waits until it can be read. */
async function name(id: string, first: string, last: string): Promise<void> {
  const input = `{ first_name: "${first}", last_name: "${last}" }`;
  const { data } = await graphql(url, `mutation { userChanged(id: "${id}", input: ${input}) { status } }`);
  expect(data).toEqual({ userChanged: { status: "PROJECTED" } });
}

function named(key: string, first: string, last: string): object {
  return { key, schema: "UserChanged", value: { first_name: first, last_name: last } };
}

beforeAll(async () => {
  folder = await temporaryFolder();
  await startGateway("0");
});

afterEach(async () => {
  await Promise.all(watching.splice(0).map(async (child) => await child.kill()));
});

afterAll(async () => {
  await gateway.kill();
  await folder.remove();
});

describe("lines of JSON", () => {
  it("shows the documents that there are, and ends after so many", async () => {
    const { exitCode, stdout, stderr } = await watched("users", "--columns", "firstname, last_name", "--limit", "3");
    expect([exitCode, stderr]).toEqual([0, ""]);
    expect(linesOf(`${stdout}\n`)).toEqual([
      { operation: "SNAPSHOT", id: ADA, user: { firstname: "Ada", last_name: "Lovelace" } },
      { operation: "SNAPSHOT", id: GRACE, user: { firstname: "Grace", last_name: "Hopper" } },
      { operation: "SNAPSHOT", id: expect.any(String), user: { firstname: "Alan", last_name: "Turing" } },
    ]);
  });

  it.each(['{last_name: {in: ["Watched", "Seen"]}}', '{"last_name":{"in":["Watched","Seen"]}}'])(
    "shows what happens to documents of %s, until it is told to end",
    async (where) => {
      await name("w1", "One", "Watched");
      await name("w2", "Two", "Other");
      const child = watch("--where", where, "--columns", "firstname");
      const lines = async (count: number): Promise<void> =>
        await vi.waitFor(() => expect(linesOf(child.output)).toHaveLength(count), PATIENCE);
      await lines(1);
      await name("w2", "Two", "Seen");
      await lines(2);
      await name("w1", "Uno", "Watched");
      await lines(3);
      await name("w2", "Two", "Gone");
      await lines(4);
      await graphql(
        url,
        `
          mutation {
            deleteUser(id: "w1") {
              status
            }
          }
        `,
      );
      await lines(5);
      expect(linesOf(child.output)).toEqual([
        { operation: "SNAPSHOT", id: "w1", user: { firstname: "One" } },
        { operation: "UPDATE", id: "w2", user: { firstname: "Two" } },
        { operation: "UPDATE", id: "w1", user: { firstname: "Uno" } },
        { operation: "LEAVE", id: "w2", user: null },
        { operation: "DELETE", id: "w1", user: null },
      ]);
      child.signal("SIGTERM");
      expect(await child.exit()).toBe(0);
    },
  );

  it("ends where nobody reads any more", async () => {
    const child = execa(
      "bash",
      ["-c", `"$1" "$2" watch users | head -n 1; echo "\${PIPESTATUS[0]}"`, "-"].concat(
        process.execPath,
        join(import.meta.dirname, "../../src/main.ts"),
      ),
      { env: { EVENTQL_URL: url }, reject: false },
    );
    let over = false;
    void child.finally(() => (over = true));
    await vi.waitFor(async () => {
      await graphql(
        url,
        `
          mutation {
            userChanged(id: "p", input: { first_name: "a", last_name: "b" }) {
              status
            }
          }
        `,
      );
      expect(over).toBe(true);
    }, PATIENCE);
    const { stdout, stderr } = await child;
    expect([stdout.split("\n").at(-1), stderr]).toEqual(["0", ""]);
  });
});

describe("what can't be watched", () => {
  it.each([
    [["userz"], "BAD_USER_INPUT: There are no userz to watch. Did you mean users?"],
    [["products"], "BAD_USER_INPUT: There are no products to watch. There are users."],
    [["users", "--where", "{nope: 1}"], /^BAD_USER_INPUT: .*Field "nope" is not defined by type "UserWhere"\./],
    [["users", "--where", "{firstname: "], /^BAD_USER_INPUT: --where is no filter .*: write it as in '/],
    [["users", "--columns", "frstname"], /^BAD_USER_INPUT: There is no column frstname .* Did you mean firstname\?$/],
    [["users", "--limit", "0"], 'BAD_USER_INPUT: --limit is "0": give a whole number from 1.'],
    [["users", "--format", "xml"], 'BAD_USER_INPUT: --format is "xml": give table or json.'],
    [["users", "--url", "ftp://here"], /^BAD_USER_INPUT: --url is ftp:\/\/here: give one such as /],
    [
      ["users", "--url", "http://127.0.0.1:1"],
      /^STACK_UNAVAILABLE: No EventQL answers at http:\/\/127.0.0.1:1\/graphql/,
    ],
  ])("%j is refused in a line", async (args, message) => {
    const { exitCode, stdout, stderr } = await watched(...args);
    expect([exitCode, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toContain("\n");
  });

  it.each(["<html></html>", "{}"])("says that no EventQL is where %s is answered", async (body) => {
    const server = createServer((_request, response) => response.end(body)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = z.object({ port: z.number() }).parse(server.address());
    const { exitCode, stderr } = await watched("users", "--url", `http://127.0.0.1:${address.port}`);
    server.close();
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^STACK_UNAVAILABLE: No EventQL answers at /)]);
  });
});

it("shows the last state as a table where it isn't a terminal", async () => {
  const columns = "firstname,last_name,email";
  const { exitCode, stdout } = await watched("users", "--columns", columns, "--limit", "3", "--format", "table");
  expect(exitCode).toBe(0);
  expect(stdout).toBe(
    [
      "firstname  last_name  email",
      "Ada        Lovelace   ada@example.com",
      "Grace      Hopper     hopper@example.com",
      "Alan       Turing",
    ].join("\n"),
  );
});

it("goes on after a restart of the gateway, with no line lost and none doubled", async () => {
  const keys = (part: string): readonly string[] => Array.from({ length: 200 }, (_none, index) => `${part}-${index}`);
  const insert = async (part: string): Promise<void> => await produce(keys(part).map((key) => named(key, part, "Row")));
  const child = watch("--where", '{last_name: {eq: "Row"}}', "--columns", "id");
  await insert("before");
  await vi.waitFor(() => expect(linesOf(child.output)).toHaveLength(200), PATIENCE);
  await gateway.kill();
  await vi.waitFor(() => expect(child.output).toContain("The connection was lost: trying again."), PATIENCE);
  await insert("away");
  await startGateway(new URL(url).port);
  await insert("after");
  await vi.waitFor(() => expect(linesOf(child.output).length).toBeGreaterThanOrEqual(600), PATIENCE);
  child.signal("SIGTERM");
  expect(await child.exit()).toBe(0);
  const ids = linesOf(child.output).map(({ id }) => id);
  const part = (name: string): readonly string[] => ids.filter((id) => id.startsWith(`${name}-`)).toSorted();
  expect(ids).toHaveLength(600);
  for (const name of ["before", "away", "after"]) expect(part(name)).toEqual(keys(name).toSorted());
});

it("ends with 0 while it waits for a gateway that is away", async () => {
  const child = watch("--columns", "id");
  await vi.waitFor(() => expect(linesOf(child.output).length).toBeGreaterThan(0), PATIENCE);
  const { port } = new URL(url);
  gateway.signal("SIGTERM");
  expect(await gateway.exit()).toBe(0);
  await vi.waitFor(() => expect(child.output).toContain("The connection was lost: trying again."), PATIENCE);
  child.signal("SIGINT");
  expect(await child.exit()).toBe(0);
  await startGateway(port);
});
