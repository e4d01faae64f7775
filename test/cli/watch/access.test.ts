import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { EventqlProcess } from "../../support/gateway-process.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { eventql } from "../run-cli.ts";
import { linesOf } from "./lines.ts";

const SCHEMAS = join(import.meta.dirname, "../../../schemas");
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const env = { EVENTQL_API_KEYS: "all:admin:a-key-of-an-administrator,some:reader:a-key-of-a-reader" };
let gateway: EventqlProcess;
let url = "";

beforeAll(async () => {
  folder = await temporaryFolder();
  const config = join(folder.path, "eventql.config.ts");
  const policies = { User: { reader: { read: { columns: ["firstname"] } } } };
  await writeFile(config, `export default ${JSON.stringify({ policies })};`);
  const flags = ["--data", join(folder.path, "data"), "--schemas", SCHEMAS, "--config", config];
  gateway = new EventqlProcess(["start", "--sample", "--port", "0", ...flags], env);
  url = await gateway.ready();
});

afterAll(async () => {
  await gateway.kill();
  await folder.remove();
});

it.each([
  [{}, [], 1, /^FORBIDDEN: You may not read User: /],
  [{ EVENTQL_API_KEY: "a-key-of-nobody-here" }, [], 1, /^UNAUTHENTICATED: /],
  [{ EVENTQL_TOKEN: "no token" }, [], 1, /^UNAUTHENTICATED: /],
  [{ EVENTQL_API_KEY: "a-key-of-a-reader" }, [], 1, /^FORBIDDEN: You may not see the column last_name of User/],
  [{ EVENTQL_API_KEY: "a-key-of-a-reader" }, ["--columns", "firstname"], 0, /^$/],
  [{ EVENTQL_API_KEY: "a-key-of-an-administrator" }, [], 0, /^$/],
])("is shown %j %j: ends with %i", async (credentials, columns, code, message) => {
  const args = ["watch", "users", "--url", url, "--limit", "1", ...columns];
  const { exitCode, stdout, stderr } = await eventql(args, { cwd: folder.path, env: credentials });
  expect([exitCode, stderr]).toEqual([code, expect.stringMatching(message)]);
  expect(linesOf(`${stdout}\n`)).toHaveLength(1 - code);
});
