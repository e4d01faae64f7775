import { type Client, createClient } from "graphql-ws";
import { afterEach, expect, it, vi } from "vitest";
import { WebSocket } from "ws";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { follow, graphqlClient } from "../websocket/sockets.ts";
import { Ticker } from "../ticker.ts";
import { createGate, startTiny, startTinyServer } from "../tiny-server.ts";

const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(
    closing
      .splice(0)
      .toReversed()
      .map(async (close) => await close()),
  );
});

async function results(client: Client, query: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const result of client.iterate({ query })) all.push(result);
  return all;
}

it.each([
  ["a query", "{ hello }", { hello: "world" }],
  ["a mutation", "mutation { touch }", { touch: "touched" }],
])("answers %s once, and completes", async (_what, query, data) => {
  expect(await results(graphqlClient(await startTiny()), query)).toEqual([{ data }]);
});

it("delivers a subscription's results as they come, until its source ends", async () => {
  const ticker = new Ticker();
  const subscribed = results(graphqlClient(await startTiny({}, createGate(), ticker)), "subscription { ticks }");
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.tick(1);
  ticker.tick(2);
  ticker.close();
  expect(await subscribed).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]);
});

it("ends a subscription that the client leaves", async () => {
  const ticker = new Ticker();
  const client = graphqlClient(await startTiny({}, createGate(), ticker));
  const iterator = client.iterate({ query: "subscription { ticks }" });
  const first = iterator.next();
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.tick(1);
  expect(await first).toEqual({ done: false, value: { data: { ticks: 1 } } });
  await iterator.return?.();
  await vi.waitFor(() => expect(ticker.returned).toBe(1));
});

it("tells why an operation can't run", async () => {
  const client = graphqlClient(await startTiny());
  await expect(results(client, "{ nothing }")).rejects.toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
});

it("answers pings of the protocol", async () => {
  const pongs = vi.fn<(received: boolean) => void>();
  const client = graphqlClient(await startTiny(), { lazy: false, keepAlive: 5, on: { pong: pongs } });
  await vi.waitFor(() => expect(pongs).toHaveBeenCalledWith(true, undefined));
  await client.dispose();
});

it("takes a client that connects again, and its subscription that begins anew", async () => {
  const ticker = new Ticker();
  const server = await startTinyServer({}, createGate(), ticker);
  const line = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  closing.push(async () => await line.close());
  const connected = vi.fn<() => void>();
  const client = createClient({
    url: `ws://127.0.0.1:${line.port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 5,
    retryWait: async () => {},
    on: { connected },
  });
  closing.push(async () => await client.dispose());
  const followed = follow(client, { query: "subscription { ticks }" });
  await vi.waitFor(() => expect(ticker.following).toBe(1));
  ticker.tick(1);
  await vi.waitFor(() => expect(followed.results).toHaveLength(1));
  line.breakAll();
  await vi.waitFor(() => expect([connected.mock.calls.length, ticker.returned, ticker.following]).toEqual([2, 1, 1]));
  ticker.tick(2);
  await vi.waitFor(() => expect(followed.results).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]));
});
