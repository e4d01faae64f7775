import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type CliResult, eventqlInProcess as eventql } from "./run-in-process.ts";

const text = { type: "string" };
const optional = { type: ["null", "string"], default: null };
const changed = (...fields: readonly object[]): object => ({ type: "record", name: "Changed", namespace: "x", fields });
const kind = (...symbols: readonly string[]): object => ({
  name: "kind",
  type: { type: "enum", name: "Kind", symbols },
});
const OLD = changed({ name: "name", ...text }, { name: "email", ...text }, { name: "city", ...text }, kind("A", "B"));
const NEW = changed(
  { name: "full_name", ...text, aliases: ["name"] },
  { name: "email", ...optional },
  kind("A", "B", "C"),
);

const findings = z.object({
  ok: z.boolean(),
  breaking: z.array(z.object({ change: z.string(), path: z.string(), description: z.string(), why: z.string() })),
  dangerous: z.array(z.looseObject({ path: z.string() })),
  incompatible: z.array(z.object({ subject: z.string(), version: z.number(), reasons: z.array(z.string()) })),
  problems: z.array(z.string()),
  leftOut: z.array(z.object({ subject: z.string(), reason: z.string() })),
});

describe("eventql schema check", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  const put = async (file: string, content: object | string): Promise<void> => {
    const path = join(folder.path, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  };
  const check = (schemas: string, against: string, ...flags: readonly string[]): Promise<CliResult> =>
    eventql(["schema", "check", "--schemas", schemas, "--against", against, ...flags], { cwd: folder.path });
  const found = async (schemas: string, against: string): Promise<z.infer<typeof findings>> =>
    findings.parse(JSON.parse((await check(schemas, against, "--json")).stdout));

  beforeAll(async () => {
    folder = await temporaryFolder();
    await put("old/user/Changed.avsc", OLD);
    await put("new/user/Changed.avsc", NEW);
    await put("wrong/user/Changed.avsc", { ...OLD, eventql: { effect: "updat" } });
    await put("incompatible/user/Changed.avsc", changed({ name: "name", type: "int" }));
    await put("other/order/Ordered.avsc", { ...changed({ name: "total", type: "int" }), name: "Ordered" });
    const { stdout } = await eventql(["schema", "print", "--from", "old"], { cwd: folder.path });
    await put("api.graphql", stdout);
  });

  afterAll(async () => {
    await folder.remove();
  });

  it.each(["old", "api.graphql"])("lists what breaks clients though Avro allows it, against %s", async (against) => {
    const { breaking, dangerous, incompatible } = await found("new", against);
    const paths = breaking.map(({ change, path }) => `${change} ${path}`);
    expect(paths).toEqual(
      expect.arrayContaining([
        "FIELD_REMOVED User.city",
        "FIELD_REMOVED UserWhere.city",
        "FIELD_CHANGED_KIND User.email",
        "FIELD_REMOVED ChangedInput.city",
      ]),
    );
    expect(breaking.filter(({ path }) => /\.(full_)?name$/.test(path))).toEqual([]);
    expect(breaking.find(({ path }) => path === "User.email")).toMatchObject({
      description: "User.email changed type from String! to String.",
      why: expect.stringContaining("Avro lets a field become nullable"),
    });
    expect(dangerous.map(({ path }) => path)).toEqual(["Kind.C"]);
    expect(incompatible).toEqual([]);
  });

  it("ends with 1 then, and says each cause once, in words", async () => {
    const { exitCode, stdout } = await check("new", "old");
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /✗ Changed\.email changed type from String! to String\.\n✗ User\.email .*\n {4}Clients that/,
    );
    expect(stdout).toMatch(/\d+ changes \(✗\) to mend before registering\. To know: 1 warning \(!\)\.\n$/);
  });

  it("ends with 0 where nothing breaks", async () => {
    expect(await check("old", "old")).toMatchObject({ exitCode: 0, stdout: "Nothing breaks.\n" });
    expect(await check("other", "old")).toMatchObject({ exitCode: 0 });
  });

  it("says what a registry would refuse", async () => {
    const { ok, incompatible } = await found("incompatible", "old");
    expect([ok, incompatible]).toMatchObject([false, [{ subject: "user-x.Changed", version: 1 }]]);
    expect(incompatible[0]?.reasons.join()).toContain("field `name`");
  });

  it("says which hints are wrong, and that is all, as gateways keep what they have", async () => {
    const { ok, problems, breaking } = await found("wrong", "old");
    expect([ok, problems.length, breaking]).toEqual([false, 1, []]);
    expect(problems[0]).toContain('the effect "updat" is unknown');
  });

  it("compares with the stack's registry where no other is named, and registers nothing there", async () => {
    const flags = ["--data", join(folder.path, "data")];
    await eventql(["schema", "register", "old", ...flags], { cwd: folder.path });
    const run = (): Promise<CliResult> =>
      eventql(["schema", "check", "--schemas", "new", ...flags], { cwd: folder.path });
    expect(await run()).toMatchObject({ exitCode: 1, stdout: expect.stringContaining("User.city was removed") });
    expect(await run()).toMatchObject({ exitCode: 1 });
    const printed = await eventql(["schema", "print", ...flags], { cwd: folder.path });
    expect(printed.stdout).toContain("city");
  });

  it.each([
    [["--against", "nowhere"], "BAD_USER_INPUT: --against nowhere can't be read"],
    [["--against", "old/user/Changed.avsc"], "is no GraphQL schema"],
    [["--against", "http://127.0.0.1:1"], "REGISTRY_UNAVAILABLE"],
    [["--aginst", "x"], "(Did you mean --against?)"],
  ])("ends with 2 for %j", async (flags, why) => {
    const { exitCode, stderr } = await eventql(["schema", "check", "--schemas", "new", ...flags], { cwd: folder.path });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(why)]);
  });

  describe("eventql schema lock", () => {
    it("writes the names, finds them right, and lets a check keep them", async () => {
      const env = { EVENTQL_LOCK: "names.json" };
      const lock = (...flags: readonly string[]): Promise<CliResult> =>
        eventql(["schema", "lock", "--from", "old", ...flags], { cwd: folder.path, env });
      expect(await lock("--check")).toMatchObject({
        exitCode: 1,
        stderr: expect.stringContaining("names.json is stale"),
      });
      expect(await lock()).toMatchObject({ exitCode: 0, stderr: "" });
      expect(await lock("--check")).toMatchObject({ exitCode: 0 });

      await put("both/user/Changed.avsc", OLD);
      await put("both/person/Changed.avsc", OLD);
      const both = ["schema", "check", "--schemas", "both", "--against", "old"];
      expect(await eventql(both, { cwd: folder.path })).toMatchObject({ exitCode: 1 });
      expect(await eventql(both, { cwd: folder.path, env })).toMatchObject({
        exitCode: 0,
        stdout: "Nothing breaks.\n",
      });
    });

    it("adds names, and removes what is gone only when it is told to", async () => {
      const env = { EVENTQL_LOCK: "grown.json" };
      const run = async (from: string, ...flags: readonly string[]): Promise<string> => {
        await eventql(["schema", "lock", "--from", from, ...flags], { cwd: folder.path, env });
        const { stdout } = await eventql(["schema", "lock", "--from", from, "--check", ...flags], {
          cwd: folder.path,
          env,
        });
        expect(stdout).toBe("");
        return await readFile(join(folder.path, "grown.json"), "utf8");
      };
      expect(await run("old")).toContain('"user"');
      expect(await run("other")).toMatch(/"order"[^]*"user"/);
      expect(await run("other", "--prune")).not.toContain('"user"');
    });

    it("names the file that contradicts itself, or that a setting names and nobody made", async () => {
      await put("twice.json", { version: 1, topics: { a: { types: { "x.A": "A", "x.B": "A" } } } });
      const print = (lock: string): Promise<CliResult> =>
        eventql(["schema", "print", "--from", "old"], { cwd: folder.path, env: { EVENTQL_LOCK: lock } });
      expect(await print("twice.json")).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /^CONFIG_INVALID: The lock file .*twice\.json can't be used:\n {2}- the name A is given twice/,
        ),
      });
      expect(await print("none.json")).toMatchObject({
        exitCode: 1,
        stderr: expect.stringMatching(
          /^CONFIG_INVALID: EVENTQL_LOCK names the lock file .*none\.json, which isn't there/,
        ),
      });
    });
  });
});
