import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { generateTypes } from "../../src/codegen/generate-types.ts";
import { record } from "../catalog/codec/codec-harness.ts";
import { catalogOf } from "../catalog/support/catalog-of.ts";
import { eventql } from "../cli/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { CASES, goldenCatalog } from "./golden-catalogs.ts";

const ROOT = resolve(import.meta.dirname, "../..");

/** Words that mean something to TypeScript, as names of records and of fields. */
const WORDS = [
  ["any", "as", "await", "class", "constructor", "declare", "enum", "export", "get", "globalThis", "infer", "is"],
  ["keyof", "module", "never", "new", "object", "out", "readonly", "set", "static", "symbol", "type", "undefined"],
  ["unique", "unknown", "void", "Uint8Array", "MapEntry", "Array", "Record", "Object", "Readonly", "Map", "String"],
].flat();

/** A user's own code over the example's types. */
const USE = `
import type { User, UserEvent } from "./events.ts";
import type { EverythingAUnion, Thing } from "./types.ts";
import type { OrderCommand } from "./commands.ts";

export const decide = (command: OrderCommand): string | null =>
  command.type === "Place" ? command.payload.note : command.type;

export const recordOf = (thing: Thing): Readonly<Record<string, unknown>> => thing;

export function textOf(union: EverythingAUnion): string {
  if (union._type === "t.Point") return \`\${union.value.x}/\${union.value.y}\`;
  return union._type === "int" ? union.value.toFixed() : union.value;
}

// @ts-expect-error: an event has a payload
export const incomplete: UserEvent = { type: "UserChanged" };
// @ts-expect-error: a column that is always there
export const nameless: User = { _id: "k", firstname: "A" };
// @ts-expect-error: no symbol of the enum
export const color: Thing["an_enum"] = "BLUE";
declare const thing: Thing;
// @ts-expect-error: a long may be a bigint
export const long: number = thing.a_long;
// @ts-expect-error: documents are changed by events alone
thing.a_boolean = false;
`;

/** The user's code that the documentation shows. */
const [, documented = "?"] =
  /```ts\n(import type .*?)```/s.exec(await readFile(join(ROOT, "docs/codegen.md"), "utf8")) ?? [];

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  const { path } = folder;
  const compilerOptions = { types: [], rootDir: "." };
  await writeFile(join(path, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    join(path, "tsconfig.json"),
    JSON.stringify({ extends: join(ROOT, "tsconfig.json"), compilerOptions, include: ["*.ts"] }),
  );
});

afterAll(async () => {
  await folder.remove();
});

async function tsc(): Promise<string> {
  const { stdout } = await execa(join(ROOT, "node_modules/.bin/tsc"), ["--noEmit"], {
    cwd: folder.path,
    reject: false,
  });
  return stdout;
}

it("compiles with every strict flag, with a user's code over it", async () => {
  for (const name of CASES) await writeFile(join(folder.path, `${name}.ts`), generateTypes(await goldenCatalog(name)));
  const fields = Object.fromEntries(
    WORDS.map((word) => [word, record({ a: "bytes", b: ["int", "long"] }, `y.${word}`)]),
  );
  const hostile = await catalogOf([
    ...WORDS.map((word) => [`things-x.${word}`, record({ [`_${word}`]: "bytes" }, `x.${word}`)] as const),
    ["others-y.All", record({ ...fields, map: { type: "map", values: "bytes" } }, "y.All")],
  ]);
  await writeFile(join(folder.path, "hostile.ts"), generateTypes(hostile));
  const { exitCode, stderr } = await eventql(["codegen", "--from", join(ROOT, "schemas"), "--out", "events.ts"], {
    cwd: folder.path,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  await writeFile(join(folder.path, "use.ts"), USE);
  await writeFile(join(folder.path, "documented.ts"), documented);
  expect(await tsc()).toBe("");
});
