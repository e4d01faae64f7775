import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { configOf, withStack } from "../../src/cli/session.ts";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherForTopics } from "../../src/cli/gather-catalog.ts";
import { hashOf } from "../../src/model/content-hash.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventqlInProcess } from "./run-in-process.ts";

const Opened = {
  type: "record",
  name: "bank.Opened",
  eventql: { owned: true, aggregate: "Account" },
  fields: [{ name: "owner", type: "string" }],
};
const Seen = { type: "record", name: "shop.Seen", fields: [{ name: "what", type: "string" }] };

const UPDATED = new Date("2025-01-02T03:04:05.678Z");

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
/** By owner. */
let hashes: Map<string, string>;

beforeEach(async () => {
  folder = await temporaryFolder();
  for (const [topic, schema] of [
    ["accounts", Opened],
    ["seen", Seen],
  ] as const) {
    await mkdir(join(folder.path, "schemas", topic), { recursive: true });
    await writeFile(join(folder.path, "schemas", topic, "E.avsc"), JSON.stringify(schema));
  }
  await run("schema", "register", "schemas");
  hashes = new Map();
});

afterEach(async () => {
  await folder.remove();
});

async function run(...args: readonly string[]): Promise<CliResult> {
  return await eventqlInProcess(args, { cwd: folder.path });
}

/** Stores a document of each account, as a projector would; undefined: made before the topic was owned. */
async function store(owners: Readonly<Record<string, string | undefined>>): Promise<void> {
  const output = { write: () => {} };
  const terminal = { stdin: Readable.from([]), stdout: output, stderr: output, env: {}, cwd: folder.path };
  const config = await configOf({}, terminal);
  await withStack(config, terminal, async ({ registry, readModel }) => {
    const catalog = await gatherForTopics(registry, config, ["accounts"]);
    const codec = createCodec(registry, () => catalog);
    const aggregate = catalog.aggregates.find(({ topic }) => topic === "accounts");
    const [type] = aggregate?.eventTypes ?? [];
    if (aggregate === undefined || type === undefined) throw new TypeError("no aggregate");
    const inserts = Object.entries(owners).map(([id, owner], offset) => {
      const hash = owner === undefined ? undefined : hashOf(type.fullName, codec.encode(type, { owner }));
      if (owner !== undefined && hash !== undefined) hashes.set(owner, hash);
      const meta = { partition: 0, offset, type: type.fullName, created: UPDATED, updated: UPDATED };
      return { _id: id, owner: owner ?? "?", _meta: { ...meta, ...(hash === undefined ? {} : { hash }) } };
    });
    await readModel.ensureCollections([{ name: aggregate.collection }]);
    const checkpoint = { projection: "test", topic: "accounts", partition: 0, next: 0, generation: 0, partitions: 1 };
    await readModel.openCheckpoint(checkpoint);
    const writes = [{ collection: aggregate.collection, inserts, replacements: [], deletions: [] }];
    await readModel.commit({ checkpoint: { ...checkpoint, next: 1 }, from: 0, writes });
  });
}

/** Compares with lines. */
async function diff(...lines: readonly object[]): Promise<CliResult> {
  await writeFile(join(folder.path, "other.ndjson"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return await run("surface", "accounts", "--diff", "other.ndjson");
}

function linesOf({ stdout }: CliResult): readonly unknown[] {
  return stdout.split("\n").flatMap((line): unknown[] => (line === "" ? [] : [JSON.parse(line)]));
}

const ann = (): object => ({ id: "a", hash: hashes.get("Ann") });
const bob = (): object => ({ id: "b", version: 0, hash: hashes.get("Bob") });
const aenne = (): object => ({ id: "ä", type: "bank.Opened", payload: { owner: "Änne" } });

describe("surface", () => {
  it("prints the newest event of every key, in their order", async () => {
    await store({ b: "Bob", a: "Ann", ä: "Änne", old: undefined });
    const told = { type: "bank.Opened", updatedAt: UPDATED.toISOString() };
    const printed = await run("surface", "accounts");
    expect(printed.exitCode).toBe(0);
    expect(linesOf(printed)).toEqual([
      { id: "a", version: 1, hash: hashes.get("Ann"), ...told },
      { id: "b", version: 0, hash: hashes.get("Bob"), ...told },
      { id: "old", version: 3, ...told },
      { id: "ä", version: 2, hash: hashes.get("Änne"), ...told },
    ]);
  });

  it("says that an open topic has none, and which topics are owned where there is no such one", async () => {
    expect(await run("surface", "seen")).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^NOT_OWNED: /) });
    expect(await run("surface", "nowhere")).toMatchObject({
      exitCode: 1,
      stderr: "TOPIC_NOT_FOUND: No schema is registered for topic nowhere. Those that are owned are accounts.\n",
    });
  });
});

describe.each([
  ["sorted", (lines: readonly object[]) => lines],
  ["unsorted", (lines: readonly object[]) => lines.toReversed()],
])("surface --diff with a file that is %s", (_name, order) => {
  it("ends with 1 and tells what differs, and with 2 where only that is left which has no hash", async () => {
    await store({ b: "Bob", a: "Ann", ä: "Änne", old: undefined });
    const old = { id: "old", hash: "0".repeat(32) };
    const unknown = await diff(...order([ann(), bob(), old, aenne()]));
    expect(unknown).toMatchObject({ exitCode: 2, stderr: "4 keys here: 1 unknown\n" });
    expect(linesOf(unknown)).toMatchObject([{ id: "old", difference: "unknown" }]);
    const different = await diff(
      ...order([
        { id: "A", hash: hashes.get("Ann") },
        { id: "a", version: 7, hash: hashes.get("Ann") },
        { id: "b", hash: hashes.get("Ann") },
        { id: "z", type: "Opened", payload: { owner: "Zoe" } },
      ]),
    );
    expect(different).toMatchObject({
      exitCode: 1,
      stderr: "4 keys here: 2 missing here, 2 missing there, 2 differs\n",
    });
    const found = linesOf(different);
    expect(found).toHaveLength(6);
    expect(found).toContainEqual({ id: "A", difference: "missing here", there: { hash: hashes.get("Ann") } });
    expect(found).toContainEqual(
      expect.objectContaining({ id: "a", difference: "differs", there: { version: 7, hash: hashes.get("Ann") } }),
    );
    expect(found).toContainEqual(expect.objectContaining({ id: "b", difference: "differs" }));
    for (const id of ["old", "ä"])
      expect(found).toContainEqual({
        id,
        difference: "missing there",
        here: expect.objectContaining({ type: "bank.Opened" }),
      });
  });

  it("ends with 0 where both have the same", async () => {
    await store({ b: "Bob", a: "Ann", ä: "Änne" });
    const same = await diff(...order([ann(), bob(), aenne()]));
    expect(same).toMatchObject({ exitCode: 0, stdout: "", stderr: "3 keys here: the file has the same\n" });
  });

  it.each([
    ["it is none of ", { id: "a", hash: "short" }],
    ["the topic has no event type Closed: it has Opened", { id: "a", type: "Closed", payload: {} }],
    ["The event bank.Opened does not fit its schema: owner: expected", { id: "a", type: "Opened", payload: {} }],
    ["has the id", ann],
  ])("ends with 2 and names the line: %s", async (message, line) => {
    await store({ b: "Bob", a: "Ann" });
    const result = await diff(...order([ann(), typeof line === "function" ? line() : line]));
    expect(result.exitCode).toBe(2);
    expect(result.stderr).toMatch(/^BAD_USER_INPUT: Line [12] of the file /);
    expect(result.stderr).toContain(message);
  });
});

it("surface --diff ends with 2 where there is no file, or the topic is open", async () => {
  expect(await run("surface", "accounts", "--diff", "none.ndjson")).toMatchObject({ exitCode: 2 });
  await writeFile(join(folder.path, "other.ndjson"), "");
  expect(await run("surface", "seen", "--diff", "other.ndjson")).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/^NOT_OWNED: /),
  });
});

it("what surface prints is what surface --diff reads", async () => {
  await store({ b: "Bob", a: "Ann", ä: "Änne" });
  const { stdout } = await run("surface", "accounts");
  await writeFile(join(folder.path, "same.ndjson"), stdout);
  expect(await run("surface", "accounts", "--diff", "same.ndjson")).toMatchObject({ exitCode: 0 });
});
