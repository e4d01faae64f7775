import { mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { eventql } from "../cli/run-cli.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const ROOT = resolve(import.meta.dirname, "../..");

async function file(path: string): Promise<string> {
  return await readFile(join(ROOT, path), "utf8");
}

const page = await file("docs/codegen.md");
const [types = "", documents = ""] = page.split("## Typed documents");

/** The blocks of a language in a part of the page. */
function blocks(part: string, language: string): readonly string[] {
  return [...part.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, "gs"))].map(([, text = ""]) => text);
}

/** Without what Prettier may set otherwise than the generator. */
function bare(text: string): string {
  return text.replaceAll(/[\s,;]/g, "");
}

describe("docs/codegen.md", () => {
  it("shows the real output of eventql codegen", async () => {
    const folder = await temporaryFolder();
    const [write = "missing", check = "missing"] = blocks(types, "sh").map((block) =>
      block.replace("--from schemas", "--from SCHEMAS"),
    );
    const run = async (line: string): Promise<number | undefined> => {
      const args = line.trim().split(" ").slice(1);
      const own = args.map((arg) => (arg === "SCHEMAS" ? join(ROOT, "schemas") : arg));
      return (await eventql(own, { cwd: folder.path })).exitCode;
    };
    await mkdir(join(folder.path, "src"));
    expect(await run(check)).toBe(1);
    expect(await run(write)).toBe(0);
    expect(await run(check)).toBe(0);
    const output = await readFile(join(folder.path, "src/events.ts"), "utf8");
    await folder.remove();
    const [shown = "missing"] = blocks(types, "ts");
    const afterHeader = output.indexOf("\n\n") + 2;
    expect(output.slice(afterHeader, afterHeader + shown.length)).toBe(shown);
  });

  it("shows an operation as it is, and the types that it is given", async () => {
    const [operation = "missing"] = blocks(documents, "graphql");
    expect(await file("test/operations/users.graphql")).toContain(operation);
    const [shown = "missing"] = blocks(documents, "ts");
    expect(bare(await file("test/generated/operations.ts"))).toContain(bare(shown));
    expect(await file("test/support/graphql-client.ts")).toContain("function graphqlTyped<");
  });

  it("names the script and the folders that there are", async () => {
    const manifest: unknown = JSON.parse(await file("package.json"));
    expect(manifest).toMatchObject({ scripts: { codegen: expect.stringContaining("--config codegen.yml") } });
    const config = await file("codegen.yml");
    for (const folder of ["test/operations", "examples", "test/generated"]) {
      expect(documents).toContain(folder);
      expect(config).toContain(`${folder}/`);
    }
  });
});
