import { type Client, type ClientOptions, createClient } from "graphql-sse";
import { afterEach, describe, expect, it, vi } from "vitest";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { Ticker } from "../ticker.ts";
import { createGate, startTiny, startTinyServer } from "../tiny-server.ts";

const closing: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

function open(url: string, options: Partial<ClientOptions<boolean>> = {}): Client<boolean> {
  const client = createClient<boolean>({ url: `${url}/graphql`, retryAttempts: 0, ...options });
  closing.push(() => client.dispose());
  return client;
}

async function results(client: Client<boolean>, query: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const result of client.iterate({ query })) all.push(result);
  return all;
}

describe("with a connection for each operation", () => {
  it.each([
    ["a query", "{ hello }", { hello: "world" }],
    ["a mutation", "mutation { touch }", { touch: "touched" }],
  ])("answers %s once, and completes", async (_what, query, data) => {
    expect(await results(open(await startTiny()), query)).toEqual([{ data }]);
  });

  it("delivers a subscription's results as they come, until its source ends", async () => {
    const ticker = new Ticker();
    const subscribed = results(open(await startTiny({}, createGate(), ticker)), "subscription { ticks }");
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(1);
    ticker.tick(2);
    ticker.close();
    expect(await subscribed).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]);
  });

  it("ends a subscription that the client leaves", async () => {
    const ticker = new Ticker();
    const iterator = open(await startTiny({}, createGate(), ticker)).iterate({ query: "subscription { ticks }" });
    const first = iterator.next();
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(1);
    expect(await first).toEqual({ done: false, value: { data: { ticks: 1 } } });
    await iterator.return?.();
    await vi.waitFor(() => expect(ticker.returned).toBe(1));
  });

  it("tells why an operation can't run as its one result", async () => {
    expect(await results(open(await startTiny()), "{ nothing }")).toMatchObject([
      { errors: [{ extensions: { code: "BAD_USER_INPUT" } }] },
    ]);
  });

  it("takes a client that connects again, and its subscription that begins anew", async () => {
    const ticker = new Ticker();
    const server = await startTinyServer({}, createGate(), ticker);
    const line = await startTcpProxy({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
    closing.push(async () => await line.close());
    const client = open(`http://127.0.0.1:${line.port}`, { retryAttempts: 5, retry: async () => {} });
    const received: unknown[] = [];
    const stop = client.subscribe(
      { query: "subscription { ticks }" },
      { next: (result) => received.push(result), error: () => {}, complete: () => {} },
    );
    closing.push(stop);
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(1);
    await vi.waitFor(() => expect(received).toHaveLength(1));
    line.breakAll();
    await vi.waitFor(() => expect([ticker.returned, ticker.following]).toEqual([1, 1]));
    ticker.tick(2);
    await vi.waitFor(() => expect(received).toEqual([{ data: { ticks: 1 } }, { data: { ticks: 2 } }]));
  });
});

it("refuses the mode of one connection for all, which the protocol leaves open", async () => {
  const client = open(await startTiny(), { singleConnection: true });
  await expect(results(client, "{ hello }")).rejects.toMatchObject({ response: { status: 405 } });
});
