import { readFile } from "node:fs/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventqlProcess } from "./support/gateway-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

const README = await readFile(new URL("../README.md", import.meta.url), "utf8");

/** Each command with its output: a block of `sh` that a block of `json` follows. */
const examples = [...README.matchAll(/```sh\n((?:(?!```).)*)```\n\n```json\n(.*?)```/gs)].map(
  ([, command = "", output = ""]) => ({
    command,
    output,
  }),
);

describe("the README", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway: EventqlProcess;
  let url = "";

  beforeAll(async () => {
    folder = await temporaryFolder();
    const env = { EVENTQL_DATA: folder.path, EVENTQL_PORT: "0" };
    gateway = new EventqlProcess(["start", "--sample", "--create-topics"], env);
    url = await gateway.ready();
  });

  afterAll(async () => {
    await gateway.kill();
    await folder.remove();
  });

  test("has examples with their output", () => {
    expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test("names the scripts that package.json has, and starts what this test starts", async () => {
    const manifest: unknown = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    expect(manifest).toMatchObject({
      scripts: { start: expect.stringContaining("src/main.ts start --sample --create-topics") },
    });
    expect(manifest).toMatchObject({
      scripts: { test: "vitest run", eventql: expect.stringContaining("src/main.ts") },
    });
    expect(README).toContain("```sh\nnpm ci && npm start\n```");
    expect(README).toContain("```sh\nnpm ci && npm test\n```");
  });

  test.each(examples)("shows the real output of $command", async ({ command, output }) => {
    const { stdout } = await execa("bash", ["-c", command.replaceAll("http://localhost:4000", url)]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse(output));
  });

  test("its command line does what it says", async () => {
    const [, args = ""] = /npm run -s eventql -- (produce .*)/.exec(README) ?? [];
    const main = new URL("../src/main.ts", import.meta.url).pathname;
    const { exitCode } = await execa("bash", ["-c", `"${process.execPath}" "${main}" ${args} --data "${folder.path}"`]);
    expect(exitCode).toBe(0);
  });
});
