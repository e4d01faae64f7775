import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Block, blocksOf } from "./blocks.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const SCHEMAS = join(ROOT, "examples/accounts/schemas");
const PAGE = "docs/windows.md";

const ANYTHING: unknown = expect.anything();

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let gateway: EventqlProcess;

async function blocks(page: string): Promise<readonly Block[]> {
  return blocksOf(await readFile(join(ROOT, page), "utf8"));
}

beforeAll(async () => {
  folder = await temporaryFolder();
  const config = join(folder.path, "eventql.config.ts");
  const code = (await blocks(PAGE)).find(({ language }) => language === "ts")?.text ?? "";
  await writeFile(config, code.replace('"eventql"', JSON.stringify(join(ROOT, "src/index.ts"))));
  const flags = ["--config", config, "--schemas", SCHEMAS, "--data", folder.path];
  gateway = new EventqlProcess(["start", "--create-topics", "--port", "0", ...flags]);
});

afterAll(async () => {
  await gateway.kill();
  await folder.remove();
});

/** What a block that follows another one shows as its answer; anything where it shows none. */
function shownBy(block: Block | undefined): unknown {
  if (block?.language !== "json") return ANYTHING;
  return JSON.parse(block.text, (_name, value: unknown) => (value === "…" ? ANYTHING : value));
}

test.each([PAGE, "examples/accounts/README.md"])("what %s shows is so", async (page) => {
  const url = await gateway.ready();
  const shown = await blocks(page);
  for (const [index, { language, text }] of shown.entries()) {
    if (language !== "graphql") continue;
    const data = shownBy(shown[index + 1]);
    // Statistics follow the events.
    const answer = text.startsWith("mutation") ? await graphql(url, text) : undefined;
    await expect.poll(async () => answer ?? (await graphql(url, text)), { timeout: 10_000 }).toEqual({ data });
  }
});
