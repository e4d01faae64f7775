import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import avsc from "avsc";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { eventqlInProcess } from "../cli/run-in-process.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Block, blocksOf } from "./blocks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const blocks = blocksOf(await readFile(join(ROOT, "docs/dataflow.md"), "utf8"));
const code = blocks.filter(({ language }) => language === "ts").map(({ text }) => text);
const EVENTUALLY = { timeout: 20_000, interval: 100 };

/** What the page's types are made of: by topic, event types and their fields. */
const items = { type: "array", items: "string" };
const placed = { customer: "string", total: "int", items };
const SCHEMAS: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>> = {
  orders: { OrderPlaced: placed, OrderCancelled: { reason: "string" } },
  payments: { PaymentReceived: { order: "string", amount: "int" } },
  items: { ItemOrdered: { order: "string" } },
  "priced-items": { ItemPriced: { order: "string", price: "int" } },
  "big-orders": { BigOrderPlaced: { customer: "string", total: "int" } },
  bills: { Billed: { paid: "int" } },
};

/** Where the page's functions note what they were asked. */
const OUTSIDE = `
import { appendFile } from "node:fs/promises";
const note = async (name, key, said) => await appendFile(new URL("./outside.ndjson", import.meta.url), JSON.stringify([name, key, said]) + "\\n");
let asked = 0;
export const mail = async (id, key, text) => await note("mail", key, text);
export const warehouse = async (payments) => { for (const { key, amount } of payments) await note("warehouse", key, amount); };
export const priceOf = async () => { asked += 1; if (asked < 3) throw new Error("away"); return 42; };
`;

const OUTSIDE_TYPES = `
export declare const mail: (id: string, key: string, text: string) => Promise<void>;
export declare const warehouse: (payments: readonly { id: string; key: string; amount: number }[]) => Promise<void>;
export declare const priceOf: (item: string, signal: AbortSignal) => Promise<number>;
`;

/** A line of an example: an event that goes in, or what comes of it. */
interface Line {
  readonly isOutput: boolean;
  readonly where: string;
  readonly key: string;
  /** Undefined: a document, or what a function was asked. */
  readonly type: string | undefined;
  readonly said: unknown;
}

function lineOf(text: string): Line {
  const [, arrow, where = "", key = "", type, said = ""] =
    /^(→ )?(\S+)\s+(\S+)\s+(?:(?=[A-Z])(\w+)\s+)?(.+)$/.exec(text) ?? [];
  return { isOutput: arrow !== undefined, where, key, type, said: JSON.parse(said) };
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: EventqlProcess;

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(folder.path, path)), { recursive: true });
  await writeFile(join(folder.path, path), text);
}

/** Away from the configuration, which takes what this process has no loader for. */
const eventql = async (...args: readonly string[]): Promise<void> => {
  const cwd = join(folder.path, "away");
  const flags = ["--schemas", join(folder.path, "schemas"), "--data", join(folder.path, ".eventql")];
  const { stderr, exitCode } = await eventqlInProcess([...args, ...flags], { cwd });
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0 });
};

/** A project as a reader has it who installed the package, whose built files are the sources here. */
beforeAll(async () => {
  folder = await temporaryFolder();
  const exports = { ".": "./src/index.ts" };
  await write("node_modules/eventql/package.json", JSON.stringify({ name: "eventql", type: "module", exports }));
  await symlink(join(ROOT, "src"), join(folder.path, "node_modules/eventql/src"));
  await symlink(join(ROOT, "node_modules/@types"), join(folder.path, "node_modules/@types"));
  await write("package.json", JSON.stringify({ type: "module" }));
  for (const [topic, types] of Object.entries(SCHEMAS)) {
    for (const [name, fields] of Object.entries(types)) {
      const listed = Object.entries(fields).map(([field, type]) => ({ name: field, type }));
      const schema = { type: "record", name, namespace: `shop.${topic.replaceAll("-", "_")}`, fields: listed };
      await write(`schemas/${topic}/${name}.avsc`, JSON.stringify(schema));
    }
  }
  const [config = "", ...flows] = code;
  await write("eventql.config.ts", config);
  await write("flows.ts", flows.join("\n"));
  await write("outside.js", OUTSIDE);
  await write("outside.d.ts", OUTSIDE_TYPES);
  await mkdir(join(folder.path, "away"));
  const cwd = join(folder.path, "away");
  const types = await eventqlInProcess(["codegen", "--from", join(folder.path, "schemas")], { cwd });
  await write("types.ts", types.stdout);
  await write("flows.ts", flows.join("\n").replace("./outside.ts", "./outside.js"));
  gateway = new EventqlProcess(["start", "--port", "0", ...paths()]);
  await gateway.ready();
});

afterAll(async () => {
  await gateway.kill();
  await folder.remove();
});

function paths(): readonly string[] {
  const at = (name: string): string => join(folder.path, name);
  return ["--config", at("eventql.config.ts"), "--schemas", at("schemas"), "--data", at(".eventql")];
}

test("the flows fit the types that are made of the schemas", async () => {
  const { compilerOptions }: { compilerOptions: object } = JSON.parse(
    await readFile(join(ROOT, "tsconfig.json"), "utf8"),
  );
  const own = { ...compilerOptions, isolatedDeclarations: false, allowImportingTsExtensions: true };
  await write("tsconfig.json", JSON.stringify({ compilerOptions: own, include: ["*.ts"] }));
  const { stdout } = await execa(join(ROOT, "node_modules/.bin/tsc"), ["-p", folder.path], { reject: false });
  expect(stdout.split("\n").filter((line) => !/^(\s|.*\/src\/)/.test(line) && line !== "")).toEqual([]);
}, 120_000);

describe("each operator does what its example shows", () => {
  const examples = blocks.filter(({ language }) => language === "text");

  test("and all have one", () => {
    const shown = examples.flatMap(({ text }) => text.split("\n")).filter((line) => line.startsWith("→"));
    expect(shown.length).toBeGreaterThan(20);
    for (const operator of [
      "filter",
      "mirror",
      "map",
      "flatMap",
      "merge",
      "branch",
      "rekey",
      "call",
      "forEach",
      "forEachBatch",
    ])
      expect(code.join("\n")).toMatch(new RegExp(`\\b${operator}(<.*?>)?\\(`));
    for (const operator of ["reduce", "process", "validate", "join"])
      expect(code.join("\n")).toMatch(new RegExp(`\\b${operator}<`));
  });

  test.each(examples.map((block) => ({ ...block, first: block.text.split("\n")[0] })))(
    "$line $first",
    { timeout: 60_000 },
    async ({ text }: Block) => {
      const lines = text.trim().split("\n").map(lineOf);
      const [inputs, outputs] = [lines.filter((line) => !line.isOutput), lines.filter((line) => line.isOutput)];
      for (const input of inputs) await produce(input);
      const keys = new Set(lines.map(({ key }) => key));
      for (const [where, expected] of Map.groupBy(outputs, (output) => output.where)) {
        const wanted = sortedByKey(expected.map(({ key, type, said }) => [key, type, said] as const));
        await vi.waitFor(async () => expect(await found(expected[0], where, keys)).toEqual(wanted), EVENTUALLY);
      }
    },
  );
});

async function produce({ where, key, type, said }: Line): Promise<void> {
  const what = said === null ? ["--tombstone"] : ["--schema", type ?? "", JSON.stringify(said)];
  await eventql("produce", "--topic", where, "--key", key, ...what);
}

/** What there is of some keys: in a topic, in documents, or outside. */
async function found(of: Line | undefined, where: string, keys: ReadonlySet<string>): Promise<unknown> {
  if (of?.type !== undefined || of?.said === null) return await inTopic(where, keys);
  return /^[A-Z]/.test(where) ? await documents(where, of, keys) : await outside(where, keys);
}

async function inTopic(topic: string, keys: ReadonlySet<string>): Promise<unknown> {
  const file = join(folder.path, ".eventql/eventql.db");
  const log = openEmbeddedEventLog({ file, logger: silentLogger });
  const registry = openEmbeddedRegistry({ file });
  const records: (readonly [string, string | undefined, unknown])[] = [];
  for (const [partition] of (await log.offsets(topic)).entries()) {
    for (const { key: bytes, value } of (await log.readRange({ topic, partition, from: 0 })).records) {
      const key = Buffer.from(bytes ?? []).toString();
      if (!keys.has(key)) continue;
      if (value === null) records.push([key, undefined, null]);
      else {
        const { schema = "" } = (await registry.byId(Buffer.from(value).readInt32BE(1))) ?? {};
        const type = avsc.Type.forSchema(JSON.parse(schema));
        records.push([key, type.branchName?.split(".").at(-1), { ...type.fromBuffer(Buffer.from(value.subarray(5))) }]);
      }
    }
  }
  await Promise.all([log.close(), registry.close()]);
  return sortedByKey(records);
}

/** Of different keys nobody knows which one was first. */
function sortedByKey<T extends readonly [string, ...unknown[]]>(records: readonly T[]): readonly T[] {
  return records.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

async function documents(name: string, of: Line | undefined, keys: ReadonlySet<string>): Promise<unknown> {
  const field = `${name[0]?.toLowerCase() ?? ""}${name.slice(1)}`;
  const columns = Object.keys(of?.said ?? {}).join(" ");
  const url = await gateway.ready();
  const read = async (key: string): Promise<unknown[]> => {
    const { data } = await graphql(url, `{ ${field}(id: "${key}") { ${columns} } }`);
    const document = data?.[field];
    return document == null ? [] : [[key, undefined, document]];
  };
  return (await Promise.all([...keys].map(read))).flat();
}

async function outside(name: string, keys: ReadonlySet<string>): Promise<unknown> {
  const noted = await readFile(join(folder.path, "outside.ndjson"), "utf8");
  const lines = noted
    .split("\n")
    .filter(Boolean)
    .map((line) => z.tuple([z.string(), z.string(), z.unknown()]).parse(JSON.parse(line)));
  return lines.filter(([by, key]) => by === name && keys.has(key)).map(([, key, said]) => [key, undefined, said]);
}
