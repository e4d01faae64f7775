import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Config, loadConfig } from "../../src/config.ts";
import { describeConfig } from "../../src/config/describe-config.ts";
import { isEventQLError } from "../../src/errors.ts";
import { defineConfig } from "../../src/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeEach(async () => {
  folder = await temporaryFolder();
});

afterEach(async () => {
  await folder.remove();
});

async function load(routes: string): Promise<Config> {
  await writeFile(join(folder.path, "eventql.config.ts"), `export default { routes: ${routes} };`);
  return await loadConfig({ flags: {}, env: {}, cwd: folder.path });
}

async function problemsOf(routes: string): Promise<unknown> {
  const error: unknown = await load(routes).catch((thrown: unknown) => thrown);
  return isEventQLError(error, "CONFIG_INVALID") ? error.details["problems"] : error;
}

it("are taken as they are written, and shown", async () => {
  const config = await load('{ "GET /users/{id}": { read: "User" } }');
  expect(config.routes).toEqual({ "GET /users/{id}": { read: "User" } });
  expect(describeConfig(config)).toContainEqual({
    path: "routes",
    value: '{"GET /users/{id}":{"read":"User"}}',
    source: "eventql.config.ts",
  });
});

it("have types", () => {
  const { routes } = defineConfig({
    routes: {
      "POST /values": { command: "CreateValue" },
      "PUT /values/{id}": { command: "ChangeValue", wait: "DECIDED", fields: { by: "{?by}" } },
      "GET /values/{id}": { read: "Value", columns: ["value"] },
      "DELETE /values/{id}": { delete: "Value", status: 200 },
    },
  });
  expect(Object.keys(routes ?? {})).toHaveLength(4);
  // @ts-expect-error There is no such method.
  defineConfig({ routes: { "FETCH /values": { read: "Value" } } });
  // @ts-expect-error Reading waits for nothing.
  defineConfig({ routes: { "GET /values/{id}": { read: "Value", wait: "DECIDED" } } });
});

it.each([
  ["[]", "routes in eventql.config.ts is []: give routes by their methods and paths"],
  [
    '{ "POST /a": 3 }',
    "routes.POST /a in eventql.config.ts is 3: give an object with one of command, event, delete and read.",
  ],
  ['{ "POST /a": { event: "E", command: "C" } }', "give an object with one of command, event, delete and read."],
  ['{ "POST /a": { event: "" } }', 'routes.POST /a.event in eventql.config.ts is "": give a name.'],
  [
    '{ "POST /a": { event: "E", wait: "LONG" } }',
    'routes.POST /a.wait in eventql.config.ts is "LONG": give NONE, APPENDED, DECIDED or PROJECTED.',
  ],
  [
    '{ "POST /a": { event: "E", status: 204 } }',
    "routes.POST /a.status in eventql.config.ts is 204: give 200, 201 or 202.",
  ],
  ['{ "POST /a": { event: "E", rejections: { X: 200 } } }', "give a whole number from 400 to 599."],
  ['{ "POST /a": { event: "E", feilds: {} } }', "give nothing as feilds, which a route with event doesn't have."],
  ['{ "GET /a/{id}": { read: "A", wait: "NONE" } }', "give nothing as wait, which a route with read doesn't have."],
  [
    '{ "POST /graphql": { event: "E" } }',
    'routes in eventql.config.ts has a route that is wrong: "POST /graphql" takes /graphql',
  ],
])("name what is wrong with %s", async (routes, problem) => {
  expect(String(await problemsOf(routes))).toContain(problem);
});

it("name everything that is wrong at once", async () => {
  const routes = '{ "GET /a": { read: "A" }, "POST /a/": { event: "E" }, "GET /x/{id}": { event: "E" } }';
  expect(await problemsOf(routes)).toHaveLength(3);
});
