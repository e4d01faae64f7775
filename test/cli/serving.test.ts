import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  ChangeUserDocument,
  FollowUsersDocument,
  UsersByIdDocument,
  type UsersByIdQuery,
} from "../generated/operations.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphqlTyped, subscribeTyped } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { eventql } from "./run-cli.ts";

const SCHEMAS = join(import.meta.dirname, "../../schemas");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: EventqlProcess;
let url = "";

beforeEach(async () => {
  folder = await temporaryFolder();
  const data = join(folder.path, ".eventql");
  server = new EventqlProcess(["start", "--sample", "--port", "0", "--data", data, "--schemas", SCHEMAS]);
  url = await server.ready();
});

afterEach(async () => {
  await server.kill();
  await folder.remove();
});

/** What the API says of users, by id. */
async function users(ids: readonly string[]): Promise<UsersByIdQuery["users"]> {
  return (await graphqlTyped(url, UsersByIdDocument, { ids })).users;
}

it("prints three commands that work as they are pasted", async () => {
  await vi.waitFor(() => expect(server.output.match(/curl/g)).toHaveLength(3));
  const commands = server.output.split("\n").filter((line) => line.includes("curl"));
  const answers: string[] = [];
  for (const command of commands) answers.push((await execa({ shell: true })`${command}`).stdout);
  expect(answers.map((answer): unknown => JSON.parse(answer))).toMatchObject([
    {
      data: {
        users: [
          { firstname: "Ada", last_name: "Lovelace", email: "ada@example.com" },
          { firstname: "Grace", email: "hopper@example.com" },
          { firstname: "Alan", email: null },
        ],
      },
    },
    { data: { userChanged: { status: "PROJECTED" } } },
    { data: { user: { firstname: "Ada", last_name: "King" } } },
  ]);
});

it("shows what is produced beside it: an event, a file's lines, a tombstone", async () => {
  const run = async (...args: readonly string[]): ReturnType<typeof eventql> =>
    await eventql(["produce", "--topic", "appuser", ...args], { cwd: folder.path });
  const one = await run("--key", "k1", "--schema", "UserChanged", '{"first_name":"A","last_name":"B"}');
  expect(JSON.parse(one.stdout)).toMatchObject({ id: "k1", topic: "appuser", receipt: expect.any(String) });
  const lines = [
    '{"key":"k2","schema":"UserChanged","value":{"first_name":"C","last_name":"D"}}',
    "junk",
    '{"key":"k2","schema":"UserEmailChanged","value":{"email":"c@d"}}',
  ];
  await writeFile(join(folder.path, "events.ndjson"), lines.join("\n"));
  const many = await run("--file", "events.ndjson");
  expect(many).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(/^2 events appended to appuser in /) });
  expect(many.stderr).toMatch(/^line 2: BAD_USER_INPUT: .*\n1 line not appended, the rest was$/);
  const both = [
    { id: "k1", firstname: "A", last_name: "B", email: null },
    { id: "k2", firstname: "C", last_name: "D", email: "c@d" },
  ];
  await expect.poll(async () => await users(["k1", "k2"])).toEqual(both);
  await run("--key", "k1", "--tombstone");
  await expect.poll(async () => await users(["k1", "k2"])).toEqual(both.slice(1));
});

it("tells a subscription what a mutation changes", async () => {
  const ada = "0190a0de-0000-7000-8000-000000000001";
  const seen: unknown[] = [];
  for await (const { userChanges } of subscribeTyped(url, FollowUsersDocument, { ids: [ada] })) {
    seen.push([userChanges.operation, userChanges.user?.last_name]);
    if (seen.length > 1) break;
    const input = { first_name: "Ada", last_name: "King" };
    const { userChanged } = await graphqlTyped(url, ChangeUserDocument, { id: ada, input });
    expect(userChanged.status).toBe("PROJECTED");
  }
  expect(seen).toEqual([
    ["SNAPSHOT", "Lovelace"],
    ["UPDATE", "King"],
  ]);
});

it("is the only one on its data folder", async () => {
  const { exitCode, stderr } = await eventql(["start", "--port", "0"], { cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(`in use by process ${server.pid}`);
});

it("ends with 0 when it is told to end", async () => {
  server.signal("SIGTERM");
  expect(await server.exit()).toBe(0);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow("fetch failed");
});

it("ends at once with 1 when it is told a second time", async () => {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => {});
  socket.write("GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\n");
  await once(socket, "data");
  server.signal("SIGTERM");
  await vi.waitFor(() => expect(server.output).toContain("stopping"));
  server.signal("SIGTERM");
  expect(await server.exit()).toBe(1);
  socket.destroy();
});
