import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { eventql } from "./run-cli.ts";

const cwd = tmpdir();

it.each([[[]], [["--help"]]])("prints what there is for %j", async (args) => {
  const { exitCode, stdout, stderr } = await eventql(args, { cwd });
  expect([exitCode, stderr]).toEqual([0, ""]);
  for (const command of ["start", "produce", "schema", "config"]) expect(stdout).toContain(`\n  ${command}`);
});

it.each([
  [["start"], "--allow-anonymous"],
  [["produce"], "--key-field <field>"],
  [["schema"], "register"],
  [["schema", "print"], "--stack <embedded|real>"],
  [["schema", "register"], "[folder]"],
  [["config"], "--json"],
  [["dead-letters"], "skip [options] <id>"],
  [["dead-letters", "retry"], "--all"],
])("explains %j", async (command, flag) => {
  const { exitCode, stdout } = await eventql([...command, "--help"], { cwd });
  expect(exitCode).toBe(0);
  expect(stdout).toContain(flag);
});

it("explains a command's own flags before those that commands share", async () => {
  const { stdout } = await eventql(["tail", "-h"], { cwd });
  expect(stdout).toMatch(/\nOptions:\n.*--from-beginning.*\nSettings that commands share:\n.*--stack/s);
});

it("prints its version", async () => {
  const { exitCode, stdout } = await eventql(["--version"], { cwd });
  expect([exitCode, stdout]).toEqual([0, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
});

it.each([
  [["start", "--prot", "1"], "(Did you mean --port?)"],
  [["strat"], "(Did you mean start?)"],
  [["produce"], "required option '--topic <name>'"],
  [["start", "--port"], "argument missing"],
])("says what is right for %j, and exits with 2", async (args, hint) => {
  const { exitCode, stdout, stderr } = await eventql(args, { cwd });
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(hint);
});

it("says in a line what is wrong with a setting, and exits with 1", async () => {
  const { exitCode, stderr } = await eventql(["start", "--port", "http"], { cwd });
  expect([exitCode, stderr]).toEqual([1, 'CONFIG_INVALID: --port is "http": give a whole number from 0 to 65535.']);
});

it("shows where an error comes from when asked", async () => {
  const { stderr } = await eventql(["start", "--port", "http", "--verbose"], { cwd });
  expect(stderr).toMatch(/\n +at .*config\.ts/);
});

it("refuses to serve other machines without a policy, before it opens anything", async () => {
  const { exitCode, stderr } = await eventql(["start", "--host", "0.0.0.0"], { cwd });
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/^BIND_REFUSED: [^\n]*--allow-anonymous\.$/);
});

it("prints the settings with their sources, and no secrets", async () => {
  const env = { EVENTQL_PORT: "1", MONGODB_URL: "mongodb://u:s3cret@h/" };
  const { exitCode, stdout } = await eventql(["config", "--host", "::1"], { cwd, env });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^port +1 +EVENTQL_PORT$/m);
  expect(stdout).toMatch(/^host +::1 +--host$/m);
  expect(stdout).toMatch(/^mongodb\.url +mongodb:\/\/\*\*\*@h\/ +MONGODB_URL$/m);
  expect(stdout).not.toContain("s3cret");
});

it("prints the settings as JSON", async () => {
  const { stdout } = await eventql(["config", "--json"], { cwd });
  expect(JSON.parse(stdout)).toContainEqual({ path: "port", value: "4000", source: "default" });
});
