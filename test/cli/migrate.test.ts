import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { eventqlInProcess } from "./run-in-process.ts";

const REAL = { KAFKA_BROKERS: "new.invalid:9092, other.invalid:9092" };

test.each([
  ["no other cluster, on the embedded stack", [], {}, /embedded stack.*KAFKA_BROKERS/],
  ["brokers that are none", ["--from", "old"], REAL, /--from is "old": give host:port/],
  [
    "the new cluster as the old one",
    ["--from", "other.invalid:9092,new.invalid:9092"],
    REAL,
    /--from names the brokers of/,
  ],
  ["a configuration that there isn't", ["--from-config", "none.ts"], REAL, /none\.ts/],
])("eventql migrate refuses %s", async (_what, flags, env, message) => {
  const cwd = await mkdtemp(join(tmpdir(), "eventql-migrate-"));
  onTestFinished(async () => await rm(cwd, { recursive: true }));
  const { exitCode, stderr, stdout } = await eventqlInProcess(["migrate", ...flags], { cwd, env });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^CONFIG_INVALID: /);
  expect(stderr).toMatch(message);
});
