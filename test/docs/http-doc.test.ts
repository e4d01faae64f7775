import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { blocksOf } from "./blocks.ts";
import { jsonLike } from "./like.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const blocks = blocksOf(await readFile(join(ROOT, "docs/http.md"), "utf8"));
const commands = blocks.flatMap((block, index) => {
  const output = blocks[index + 1];
  return block.language === "sh" && output !== undefined ? [{ ...block, output }] : [];
});

describe("docs/http.md", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let gateway: EventqlProcess;
  let url = "";

  beforeAll(async () => {
    folder = await temporaryFolder();
    const config = blocks.find(({ language }) => language === "ts")?.text ?? "";
    const file = join(folder.path, "eventql.config.mts");
    await writeFile(file, config.replace('"eventql"', JSON.stringify(join(ROOT, "src/index.ts"))));
    const stack = ["--stack", "embedded", "--data", join(folder.path, "data"), "--schemas", join(ROOT, "schemas")];
    gateway = new EventqlProcess(["start", ...stack, "--port", "0", "--create-topics", "--config", file]);
    url = await gateway.ready();
  });

  afterAll(async () => {
    await gateway.kill();
    await folder.remove();
  });

  test("has examples", () => {
    expect(commands.length).toBeGreaterThan(3);
  });

  test.each(commands)("docs/http.md:$line", async ({ text, output }) => {
    // What is written without waiting may be read a little later.
    await vi.waitFor(async () => {
      const { stdout } = await execa("bash", ["-c", text.replaceAll("http://localhost:4000", url)]);
      const isJson = output.language === "json";
      expect(isJson ? JSON.parse(stdout) : stdout).toEqual(
        isJson ? jsonLike(JSON.parse(output.text)) : output.text.trim(),
      );
    });
  });
});
