import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test, vi } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { openStack } from "../../src/compose.ts";
import { type RunningGateway, runGateway } from "../../src/runtime/gateway.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { noMetrics } from "../../src/telemetry/metrics.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { graphqlClient, follow } from "../server/websocket/sockets.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { blocksOf } from "./blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The texts of a page's blocks in one language. */
async function blocks(page: string, language: string): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, "docs", page), "utf8");
  return blocksOf(text.replaceAll(/^ {2}(?=```|[^\n]*$)/gm, (indent) => indent.trim()))
    .filter((block) => block.language === language)
    .map((block) => block.text);
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let stop: (() => Promise<void>) | undefined;

afterEach(async () => {
  await stop?.();
  stop = undefined;
  await folder.remove();
});

/** Starts the example domain with a configuration as a page shows it, beside files that it names. */
async function start(
  config: string,
  env: Record<string, string> = {},
  files: Record<string, string> = {},
): Promise<string> {
  folder = await temporaryFolder();
  const cwd = folder.path;
  const runnable = config.replace('"eventql"', JSON.stringify(join(ROOT, "src/index.ts")));
  for (const [name, text] of Object.entries({ "eventql.config.mts": runnable, ...files }))
    await writeFile(join(cwd, name), text);
  const flags = {
    port: "0",
    stack: "embedded",
    data: join(cwd, "data"),
    schemas: join(ROOT, "schemas"),
    sample: true,
    createTopics: true,
  };
  const settled = await loadConfig({ flags, env, cwd });
  const stack = await openStack(settled, silentLogger);
  const gateway: RunningGateway = await runGateway(stack, settled, silentLogger, {
    metrics: noMetrics,
    tracer: noTracer,
  });
  stop = async () => {
    await gateway.stop();
    await stack.close();
  };
  await gateway.ready;
  return gateway.url;
}

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify(body) })).json();
}

const NAMES = { data: { users: expect.arrayContaining([{ firstname: "Grace", last_name: "Hopper" }]) } };
const EMPTY = "export default {};";

describe("docs/indexes.md", () => {
  test("has a hint, and indexes that the example's schemas can have, and a refusal as it comes", async () => {
    const [config = ""] = await blocks("indexes.md", "ts");
    const [hint = "", refusal = ""] = await blocks("indexes.md", "json");
    expect(JSON.parse(hint)).toMatchObject({ eventql: { index: true } });
    const url = await start(config, { EVENTQL_LIMIT_SCANNED_DOCUMENTS: "2" });
    const query = `{ users(where: {last_name: {eq: "Hopper"}}, limit: 10) { firstname } }`;
    const shown: { readonly errors: readonly object[] } = JSON.parse(refusal);
    await vi.waitFor(
      async () => {
        expect(await post(url, { query })).toMatchObject({ errors: shown.errors });
      },
      { timeout: 15_000, interval: 50 },
    );
  });
});

describe("docs/limits.md", () => {
  test("tells what operations cost", async () => {
    const [query = ""] = await blocks("limits.md", "graphql");
    const page = await readFile(join(ROOT, "docs/limits.md"), "utf8");
    const connection = "usersConnection(first: 100) { edges { node { id } } }";
    expect(page).toContain(`\`${connection}\` costs 300`);
    const url = await start(EMPTY, { EVENTQL_LIMIT_COST: "1" });
    const nested = "{ users(limit: 1000) { id } }";
    for (const [asked, cost] of [
      [query, 500],
      [`{ ${connection} }`, 300],
      [nested, 1000],
    ] as const)
      expect(await post(url, { query: asked })).toMatchObject({ errors: [{ extensions: { details: { cost } } }] });
  });

  test("has persisted operations, and every way to ask for one", async () => {
    const [config = ""] = await blocks("limits.md", "ts");
    const [file = "", ...requests] = await blocks("limits.md", "json");
    const url = await start(config, {}, { "operations.json": file });
    expect(requests).toHaveLength(2);
    const ways: readonly unknown[] = [...requests.map((text): unknown => JSON.parse(text)), { doc_id: "names" }];
    for (const request of ways)
      await vi.waitFor(async () => expect(await post(url, request)).toMatchObject(NAMES), {
        timeout: 15_000,
        interval: 50,
      });
    const headers = { "eventql-csrf": "1" };
    expect(await (await fetch(`${url}/graphql?documentId=names`, { headers })).json()).toMatchObject(NAMES);
    const extensions = { persistedQuery: { version: 1, sha256Hash: "names" } };
    expect((await follow(graphqlClient(url), { query: "", extensions }).ended).results).toMatchObject([NAMES]);
    const other = await post(url, { query: "{ users { id } }" });
    expect(other).toMatchObject({ errors: [{ extensions: { code: "OPERATION_NOT_ALLOWED" } }] });
  });
});
