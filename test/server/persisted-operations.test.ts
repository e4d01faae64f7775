import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createHash } from "node:crypto";
import { createClient } from "graphql-sse";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadOperations } from "../../src/server/persisted/load-operations.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { Ticker } from "./ticker.ts";
import { createGate, startTiny } from "./tiny-server.ts";
import { follow, graphqlClient } from "./websocket/sockets.ts";

const documents = new Map([
  ["hello-1", "query Hello { hello }"],
  ["echo-1", "query Echo($n: Int!) { echo(n: $n) }"],
  ["ticks-1", "subscription Ticks { ticks }"],
  ["touch-1", "mutation { touch }"],
]);

const only = async (): Promise<string> => startTiny({ persistedOperations: { documents, only: true } });
const also = async (): Promise<string> => startTiny({ persistedOperations: { documents, only: false } });

async function post(url: string, body: unknown): Promise<unknown> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify(body) });
  return response.json();
}

async function get(url: string, parameters: Record<string, string>): Promise<unknown> {
  const headers = { "eventql-csrf": "1" };
  return (await fetch(`${url}/graphql?${new URLSearchParams(parameters).toString()}`, { headers })).json();
}

const WORLD = { data: { hello: "world" } };
const refused = { errors: [{ extensions: { code: "OPERATION_NOT_ALLOWED" } }] };
const apollo = (sha256Hash: string): Record<string, unknown> => ({ persistedQuery: { version: 1, sha256Hash } });

describe("a persisted operation", () => {
  it.each<[string, object]>([
    ["documentId", { documentId: "hello-1" }],
    ["doc_id", { doc_id: "hello-1" }],
    ["Apollo's extension", { extensions: apollo("hello-1") }],
    ["its id, with an empty document", { documentId: "hello-1", query: "" }],
    ["its id, whatever document comes with it", { documentId: "hello-1", query: "{ broken }" }],
    ["its own text", { query: "query Hello { hello }" }],
  ])("is asked for over HTTP by %s", async (_how, body) => {
    for (const url of [await only(), await also()]) {
      const answer = await post(url, body);
      expect(answer).toEqual(WORLD);
    }
  });

  it("is asked for by GET", async () => {
    const url = await only();
    expect(await get(url, { documentId: "hello-1" })).toEqual(WORLD);
    expect(await get(url, { extensions: JSON.stringify(apollo("hello-1")) })).toEqual(WORLD);
    expect(await get(url, { documentId: "touch-1" })).toMatchObject({ errors: [{}] });
    expect(await get(url, { query: "{ hello }" })).toMatchObject(refused);
  });

  it("takes variables", async () => {
    expect(await post(await only(), { documentId: "echo-1", variables: { n: 7 } })).toEqual({ data: { echo: 7 } });
  });

  it("is asked for over WebSocket", async () => {
    const client = graphqlClient(await only());
    const ask = async (payload: object): Promise<unknown> => {
      const { results, error } = await follow(client, { query: "", ...payload }).ended;
      return results[0] ?? { errors: error };
    };
    expect(await ask({ extensions: apollo("hello-1") })).toEqual(WORLD);
    expect(await ask({ documentId: "echo-1", variables: { n: 3 } })).toEqual({ data: { echo: 3 } });
    expect(await ask({ query: "query Hello { hello }" })).toEqual(WORLD);
    expect(await ask({ query: "{ hello }" })).toMatchObject(refused);
    expect(await ask({ extensions: apollo("unknown") })).toMatchObject(refused);
  });

  it("is subscribed to over WebSocket and by server-sent events", async () => {
    const ticker = new Ticker();
    const url = await startTiny({ persistedOperations: { documents, only: true } }, createGate(), ticker);
    const socket = follow(graphqlClient(url), { query: "", extensions: apollo("ticks-1") });
    const events = createClient({ url: `${url}/graphql`, retryAttempts: 0 }).iterate({
      query: "",
      extensions: apollo("ticks-1"),
    });
    const first = events.next();
    await vi.waitFor(() => expect(ticker.following).toBe(2));
    ticker.tick(4);
    await vi.waitFor(() => expect(socket.results).toEqual([{ data: { ticks: 4 } }]));
    expect((await first).value).toEqual({ data: { ticks: 4 } });
    await events.return?.();
  });
});

describe("any other operation", () => {
  it.each<[string, object]>([
    ["a text of its own", { query: "{ hello }" }],
    ["an id that there isn't", { documentId: "hello-2" }],
    ["an id that there isn't, with a text", { documentId: "hello-2", query: "{ hello }" }],
    ["a name that every object has", { documentId: "constructor" }],
    ["nothing", {}],
    ["introspection", { query: "{ __schema { queryType { name } } }" }],
  ])("is refused where only those are allowed: %s", async (_what, body) => {
    expect(await post(await only(), body)).toMatchObject(refused);
  });

  it("may be asked for where others are allowed, but not by an id that there isn't", async () => {
    const url = await also();
    expect(await post(url, { query: "{ hello }" })).toEqual(WORLD);
    expect(await post(url, { query: "{ hello }", extensions: apollo("unknown") })).toEqual(WORLD);
    expect(await post(url, { documentId: "unknown" })).toMatchObject(refused);
    expect(await post(url, {})).toMatchObject({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  });
});

describe("a file of operations", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;

  beforeEach(async () => {
    folder = await temporaryFolder();
    await mkdir(folder.path, { recursive: true });
  });

  afterEach(async () => folder.remove());

  const file = async (name: string, content: unknown): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
    return path;
  };

  it("is that of Relay's compiler or GraphQL Code Generator", async () => {
    const path = await file("operations.json", { a1: "{ hello }", b2: "{ __typename }" });
    expect([...(await loadOperations(path))]).toEqual([
      ["a1", "{ hello }"],
      ["b2", "{ __typename }"],
    ]);
  });

  it("is Apollo's manifest", async () => {
    const operations = [{ id: "a1", name: "A", type: "query", body: "query A { hello }" }];
    const path = await file("manifest.json", { format: "apollo-persisted-query-manifest", version: 1, operations });
    expect([...(await loadOperations(path))]).toEqual([["a1", "query A { hello }"]]);
  });

  it("is a folder of both, and of documents", async () => {
    await file("one.json", { a1: "{ hello }" });
    await file("greeting.graphql", "query Greeting { hello }\n");
    await file("README.md", "not an operation");
    const hash = createHash("sha256").update("query Greeting { hello }\n").digest("hex");
    expect([...(await loadOperations(folder.path)).keys()].toSorted()).toEqual(["a1", "greeting", hash].toSorted());
  });

  it.each<[string, string, unknown, string]>([
    ["is no JSON", "a.json", "{", "no list of operations"],
    ["holds something else", "a.json", [1], "no list of operations"],
    ["has what is no document", "a.json", { a1: "{ hello" }, "operation a1 that can't be parsed: Syntax Error"],
    ["is empty", "a.json", {}, "has no operations"],
  ])("is refused at the start where it %s", async (_what, name, content, message) => {
    await expect(loadOperations(await file(name, content))).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(message),
    });
  });

  it("is refused where it isn't there, and where two disagree", async () => {
    const missing = join(folder.path, "missing.json");
    await expect(loadOperations(missing)).rejects.toMatchObject({ message: expect.stringContaining("does not exist") });
    await file("a.json", { a1: "{ hello }" });
    await file("b.json", { a1: "{ __typename }" });
    await expect(loadOperations(folder.path)).rejects.toMatchObject({
      message: expect.stringContaining("another operation a1"),
    });
  });
});
