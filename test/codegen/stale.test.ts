import { join, resolve } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { eventql } from "../cli/run-cli.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const REMEDY = "run npm run codegen, and check in what it writes";

it("finds test/generated/schema.graphql as the schemas give it", async () => {
  const args = ["schema", "print", "--from", "schemas", "--out", "test/generated/schema.graphql", "--check"];
  const { exitCode, stderr } = await eventql(args, { cwd: ROOT });
  expect(exitCode, `${stderr}: ${REMEDY}`).toBe(0);
});

it("finds test/generated/operations.ts as codegen.yml gives it", async () => {
  const codegen = join(ROOT, "node_modules/.bin/graphql-codegen");
  const { exitCode, all } = await execa(codegen, ["--config", "codegen.yml", "--check"], {
    cwd: ROOT,
    reject: false,
    all: true,
  });
  expect(exitCode, `${all}: ${REMEDY}`).toBe(0);
});
