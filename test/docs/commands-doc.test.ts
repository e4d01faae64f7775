import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventql } from "../cli/run-cli.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { blocksOf } from "./blocks.ts";
import { Player } from "./player.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PAGE = await readFile(join(ROOT, "docs/commands.md"), "utf8");

/** The files that the page shows, by their paths. */
const files = [...PAGE.matchAll(/^```\w+ file=(\S+)\n(.*?)^```$/gms)].map(([, path = "", text = ""]) => ({
  path,
  text,
}));

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, path)), { recursive: true });
  await writeFile(join(folder.path, path), text);
}

/** A project as a reader has it who installed the package, whose built files are the sources here. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const exports = { ".": "./src/index.ts", "./testing": "./src/testing.ts" };
  await write("node_modules/eventql/package.json", JSON.stringify({ name: "eventql", type: "module", exports }));
  await symlink(join(ROOT, "src"), join(folder.path, "node_modules/eventql/src"));
  await symlink(join(ROOT, "node_modules/@types"), join(folder.path, "node_modules/@types"));
  await write("package.json", JSON.stringify({ type: "module" }));
  for (const { path, text } of files) await write(path, text);
  const [command = ""] = /eventql codegen .*/.exec(PAGE) ?? [];
  await eventql(command.split(" ").slice(1), { cwd: folder.path });
});

afterAll(async () => {
  await folder.remove();
});

test("the rules fit the types that are made of the schemas", async () => {
  const { compilerOptions }: { compilerOptions: object } = JSON.parse(
    await readFile(join(ROOT, "tsconfig.json"), "utf8"),
  );
  const own = { ...compilerOptions, isolatedDeclarations: false, allowImportingTsExtensions: true };
  await write("tsconfig.json", JSON.stringify({ compilerOptions: own, include: ["*.ts"] }));
  const { stdout } = await execa(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder.path], { reject: false });
  expect(stdout.split("\n").filter((line) => !/^(\s|.*\/src\/)/.test(line) && line !== "")).toEqual([]);
}, 120_000);

test("the rules pass their tests", async () => {
  const { stdout } = await execa(process.execPath, ["--test", "value.test.ts"], { cwd: folder.path, reject: false });
  expect(stdout).toMatch(/pass 3\b/);
  expect(stdout).toMatch(/fail 0\b/);
});

test("the decider fits the schemas, and its commands are decided", async () => {
  const printed = await eventql(["schema", "print", "--from", "schemas"], { cwd: folder.path });
  expect(printed).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("left out") });
  expect(printed.stdout).toMatch(/^type Value \{[^}]*\bvalue: Float!/ms);
});

describe("the page's operations", () => {
  // As text stands what needs a topic with transactions, which the calculator has not.
  const all = blocksOf(PAGE.slice(PAGE.indexOf("\n## GraphQL\n")));
  const blocks = all.filter(({ language }) => language !== "text");
  const examples = blocks.map((block, index) => ({
    ...block,
    index,
    first: block.text.trim().replaceAll(/\s+/g, " "),
  }));
  let gateway: EventqlProcess;
  let player: Player;

  const nothingRuns = (): never => {
    throw new TypeError("this part of the page runs no programs");
  };

  beforeAll(async () => {
    const [config, schemas, data] = ["eventql.config.ts", "schemas", "data"].map((path) => join(folder.path, path));
    const flags = ["--stack", "embedded", "--port", "0", "--create-topics"];
    const places = ["--config", config ?? "", "--schemas", schemas ?? "", "--data", data ?? ""];
    gateway = new EventqlProcess(["start", ...flags, ...places]);
    player = new Player({ url: await gateway.ready(), bash: nothingRuns, node: nothingRuns });
  });

  afterAll(async () => {
    player.close();
    await gateway.kill();
  });

  test("are there", () => {
    expect(blocks.filter(({ language }) => language === "graphql").length).toBeGreaterThan(6);
  });

  test.each(examples)("$language $first", async ({ index, ...block }) => {
    expect(block.text.trim()).not.toBe("");
    if (player.isLater(block, blocks[index - 1])) await player.compareLater(block);
    else await player.play(block, blocks[index + 1]);
  });
});
