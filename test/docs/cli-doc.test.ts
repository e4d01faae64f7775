import { readFile } from "node:fs/promises";
import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createProgram } from "../../src/cli/program.ts";

test("docs/cli.md has a row for each command, and no other", async () => {
  const page = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
  const rows = [...page.matchAll(/^\| ([^|]*`[^|]*)\|/gm)].map(([, cell = ""]) => cell);
  const shown = rows.flatMap((cell) => [...cell.matchAll(/`([\w-]+)[^`]*`/g)].map(([, command = ""]) => command));
  const stream = new PassThrough();
  const program = createProgram({ stdin: stream, stdout: stream, stderr: stream, env: {}, cwd: "." }, () => {});
  expect(new Set(shown)).toEqual(new Set(program.commands.map((command) => command.name())));
});
