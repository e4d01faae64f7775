import { once } from "node:events";
import { connect } from "node:net";
import { type Client, createClient } from "graphql-sse";
import { afterEach, expect, it, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { Ticker } from "./ticker.ts";
import { createGate, startTiny, startTinyServer } from "./tiny-server.ts";

const clients: Client[] = [];

afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});

const query = "subscription { ticks }";

interface Streamed {
  readonly results: unknown[];
  readonly ended: Promise<unknown>;
  stop(): void;
}

/** Subscribes with the library that most programs use, a connection for each operation. */
function follow(url: string, query: string, headers: Record<string, string> = {}): Streamed {
  const client = createClient({ url: `${url}/graphql`, headers, retryAttempts: 0 });
  clients.push(client);
  const results: unknown[] = [];
  const { promise: ended, resolve } = Promise.withResolvers<unknown>();
  const stop = client.subscribe(
    { query },
    { next: (result) => results.push(result), error: resolve, complete: () => resolve(undefined) },
  );
  return { results, ended, stop };
}

async function post(url: string, query: string, init: RequestInit = {}): Promise<Response> {
  const headers = { "content-type": "application/json", accept: "text/event-stream" };
  return await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }), ...init });
}

it("brings each result, and ends with the source", async () => {
  const ticker = new Ticker();
  const stream = follow(await startTiny({}, createGate(), ticker), query);
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.tick(1);
  ticker.tick(2);
  ticker.close();
  expect(await stream.ended).toBeUndefined();
  expect(stream.results).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]);
});

it.each([
  ["with a code", new EventQLError("CURSOR_EXPIRED", "too old"), "CURSOR_EXPIRED"],
  ["unexpectedly", new TypeError("the secret"), "INTERNAL"],
])("tells that the source failed %s, and ends", async (_how, failure, code) => {
  const ticker = new Ticker();
  const stream = follow(await startTiny({}, createGate(), ticker), query);
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.fail(failure);
  expect(await stream.ended).toBeUndefined();
  expect(stream.results).toMatchObject([{ errors: [{ extensions: { code } }] }]);
  expect(JSON.stringify(stream.results)).not.toContain("secret");
});

it.each([
  ["can't begin", "subscription { refused }", "CURSOR_EXPIRED"],
  ["is invalid", "subscription { tocks }", "BAD_USER_INPUT"],
])("tells why a subscription that %s has no results", async (_what, query, code) => {
  const stream = follow(await startTiny(), query);
  await stream.ended;
  expect(stream.results).toMatchObject([{ errors: [{ extensions: { code } }] }]);
});

it("masks what goes wrong in a result, and goes on", async () => {
  const ticker = new Ticker();
  const stream = follow(await startTiny({}, createGate(), ticker), query);
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.tick(13);
  ticker.tick(14);
  await vi.waitFor(() => expect(stream.results).toHaveLength(2));
  expect(stream.results).toMatchObject([{ errors: [{ extensions: { code: "INTERNAL" } }] }, { data: { ticks: 14 } }]);
});

it.each([
  ["ends its subscription", (stream: Streamed) => stream.stop()],
  ["goes away", () => clients.splice(0).forEach((client) => client.dispose())],
])("lets go of the source at once when the client %s", async (_how, end) => {
  const ticker = new Ticker();
  const stream = follow(await startTiny({}, createGate(), ticker), query);
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  end(stream);
  await vi.waitFor(() => expect(ticker.returned).toBe(1), { timeout: 500 });
});

it("lets go of the source when a client that does not read is cut off", async () => {
  const ticker = new Ticker();
  const url = await startTiny(
    { limits: { depth: 5, aliases: 3, tokens: 100, bodyBytes: 2_000, bufferedBytes: 1 } },
    createGate(),
    ticker,
  );
  const body = JSON.stringify({ query });
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, "readable");
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  for (let value = 0; value < 200_000; value += 1) ticker.tick(value);
  socket.resetAndDestroy();
  await vi.waitFor(() => expect(ticker.returned).toBe(1), { timeout: 5_000 });
});

it("is not ended by the time that an operation may take", async () => {
  const ticker = new Ticker();
  const stream = follow(await startTiny({ limits: { queryMs: 20 } }, createGate(), ticker), query);
  const url = await startTiny({ limits: { queryMs: 20 } });
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  const slow = await post(url, "{ slow }", { headers: { "content-type": "application/json" } });
  expect(await slow.text()).toContain("longer than 20 ms");
  ticker.tick(1);
  await vi.waitFor(() => expect(stream.results).toEqual([{ data: { ticks: 1 } }]));
});

it("keeps the connection open with comments", async () => {
  const response = await post(await startTiny(), query);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe("no-cache");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  expect([await reader?.read(), await reader?.read()]).toEqual([
    { done: false, value: ":\n\n" },
    { done: false, value: ":\n\n" },
  ]);
  await reader?.cancel();
});

it("is refused to a page's EventSource, which can't send the header that shows it is no foreign page", async () => {
  const ticker = new Ticker();
  const url = await startTiny({}, createGate(), ticker);
  const address = `${url}/graphql?query=${encodeURIComponent(query)}`;
  const refused = await fetch(address, { headers: { accept: "text/event-stream" } });
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain('"code":"FORBIDDEN"');
  const taken = await fetch(address, { headers: { accept: "text/event-stream", "eventql-csrf": "1" } });
  expect(taken.status).toBe(200);
  await taken.body?.cancel();
});

it.each(["application/json", "application/graphql-response+json, application/json"])(
  "begins nothing for a client that takes %s only",
  async (accept) => {
    const ticker = new Ticker();
    const url = await startTiny({}, createGate(), ticker);
    const response = await post(url, query, { headers: { "content-type": "application/json", accept } });
    expect([response.status, await response.json()]).toMatchObject([
      406,
      { errors: [{ message: expect.stringContaining("text/event-stream"), extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
    expect([ticker.following, ticker.returned]).toEqual([0, 0]);
  },
);

it("answers curl, which takes anything, with a stream", async () => {
  const ticker = new Ticker();
  const url = await startTiny({}, createGate(), ticker);
  const response = await post(url, query, { headers: { "content-type": "application/json" } });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await response.body?.cancel();
  await vi.waitFor(() => expect(ticker.returned).toBe(1));
});

it("ends with SHUTTING_DOWN when the server stops", async () => {
  const ticker = new Ticker();
  const server = await startTinyServer({ stopTimeoutMs: 60_000 }, createGate(), ticker);
  const stream = follow(server.url, query);
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  const began = performance.now();
  await server.stop();
  expect(performance.now() - began).toBeLessThan(3_000);
  await stream.ended;
  expect(stream.results).toMatchObject([{ errors: [{ extensions: { code: "SHUTTING_DOWN" } }] }]);
  expect(ticker.returned).toBe(1);
});
