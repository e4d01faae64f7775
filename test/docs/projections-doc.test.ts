import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventql } from "../cli/run-cli.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { blocksOf } from "./blocks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = await readFile(join(ROOT, "docs/projections.md"), "utf8");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, path)), { recursive: true });
  await writeFile(join(folder.path, path), text);
}

/** A project as a reader has it who installed the package, whose built files are the sources here. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const exports = { ".": "./src/index.ts" };
  await write("node_modules/eventql/package.json", JSON.stringify({ name: "eventql", type: "module", exports }));
  await symlink(join(ROOT, "src"), join(folder.path, "node_modules/eventql/src"));
  await write("package.json", JSON.stringify({ type: "module" }));
  for (const [, path = "", text = ""] of PAGE.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)) await write(path, text);
});

afterAll(async () => {
  await folder.remove();
});

test("the types of the events and the documents are made", async () => {
  const [command = ""] = /eventql codegen [^`]*/.exec(PAGE) ?? [];
  expect(await eventql(command.split(" ").slice(1), { cwd: folder.path })).toMatchObject({ exitCode: 0 });
  const [, imported = ""] = /import type \{ (.*) \} from "\.\/eventql\.types\.ts"/.exec(PAGE) ?? [];
  const types = await readFile(join(folder.path, "eventql.types.ts"), "utf8");
  for (const name of imported.split(", ")) expect(types).toMatch(new RegExp(`^export type ${name} =`, "m"));
});

test("a wrong rule is told as the page shows it", async () => {
  const [, shown = ""] = /```text\n(.*?)```/s.exec(PAGE) ?? [];
  const config = await readFile(join(folder.path, "eventql.config.ts"), "utf8");
  await write(
    "wrong.config.ts",
    config.replaceAll("OrderPlaced: (state, { customer", "OrderPlacd: (state, { customer"),
  );
  const flags = ["--config", "wrong.config.ts"];
  const { exitCode, stderr } = await eventql(["schema", "print", "--from", "schemas", ...flags], { cwd: folder.path });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(shown.trim());
});

test("the operations are answered as the page shows it", { timeout: 60_000 }, async () => {
  const [config, schemas, data] = ["eventql.config.ts", "schemas", "data"].map((path) => join(folder.path, path));
  const places = ["--config", config ?? "", "--schemas", schemas ?? "", "--data", data ?? ""];
  const gateway = new EventqlProcess(["start", "--create-topics", "--port", "0", ...places]);
  try {
    const url = await gateway.ready();
    const [write, read, answer] = blocksOf(PAGE).filter(({ language }) => ["graphql", "json"].includes(language));
    const written = await graphql(url, write?.text ?? "");
    expect(JSON.stringify(written)).toMatch(/^\{"data":\{("\w+":\{"status":"PROJECTED"\},?){3}\}\}$/);
    const expected: unknown = { data: JSON.parse(answer?.text ?? "") };
    await expect.poll(async () => await graphql(url, read?.text ?? ""), { timeout: 10_000 }).toEqual(expected);
  } finally {
    await gateway.kill();
  }
});
