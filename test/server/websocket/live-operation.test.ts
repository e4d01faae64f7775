import { setImmediate } from "node:timers/promises";
import { GraphQLError } from "graphql";
import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import { Ticker } from "../ticker.ts";
import { createGate, startTiny, startTinyServer } from "../tiny-server.ts";
import { LiveFeeds } from "./live-feeds.ts";
import { type RawSocket, follow, graphqlClient, openAcknowledged } from "./sockets.ts";

const query = "subscription { ticks }";
const subscribe = (id: string): unknown => ({ id, type: "subscribe", payload: { query } });

function tooSlow(cursor: string): GraphQLError {
  const extensions = { code: "SUBSCRIBER_TOO_SLOW", retriable: true, details: { cursor } };
  return new GraphQLError("Too slow: go on from the cursor.", { extensions });
}

describe("a live operation", () => {
  it("gets its results as they are, under an id of any kind", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }));
    const id = 'a "quoted" \u2028 id';
    raw.send(subscribe(id));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    feeds.publish('{"data":{"ticks":1,"text":"ü\\n"}}');
    await vi.waitFor(() => expect(raw.messages).toHaveLength(1));
    expect(raw.messages).toEqual([{ id, type: "next", payload: { data: { ticks: 1, text: "ü\n" } } }]);
  });

  it("is given its variables and its caller", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }), {
      headers: { "x-who": "ann" },
    });
    const query = "subscription q($from: Int!) { ticks(from: $from) }";
    raw.send({ id: "1", type: "subscribe", payload: { query, variables: { from: 3 } } });
    await vi.waitFor(() => expect(feeds.started).toHaveLength(1));
    expect(feeds.started[0]?.args).toMatchObject({
      variableValues: { from: 3 },
      contextValue: { caller: { headers: { "x-who": "ann" } } },
    });
  });

  it("is not started where its document is invalid", async () => {
    const feeds = new LiveFeeds();
    const client = graphqlClient(await startTiny({ startLiveOperation: feeds.start }));
    const { error } = await follow(client, { query: "subscription { tocks }" }).ended;
    expect(error).toMatchObject([{ extensions: { code: "BAD_USER_INPUT" } }]);
    expect(feeds.started).toEqual([]);
  });

  it("ends by itself with one complete", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }));
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    feeds.publish("{}");
    feeds.end([]);
    await settled(raw);
    expect(raw.messages.slice(0, -1)).toEqual([
      { id: "1", type: "next", payload: {} },
      { id: "1", type: "complete" },
    ]);
  });

  it("fails with one error, after the results before it", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }));
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    for (let count = 0; count < 50; count += 1) feeds.publish("{}");
    feeds.end([tooSlow("c-50")]);
    await settled(raw);
    expect(raw.messages.slice(0, -1)).toEqual([
      ...Array.from({ length: 50 }, () => ({ id: "1", type: "next", payload: {} })),
      {
        id: "1",
        type: "error",
        payload: [
          {
            message: "Too slow: go on from the cursor.",
            extensions: { code: "SUBSCRIBER_TOO_SLOW", retriable: true, details: { cursor: "c-50" } },
          },
        ],
      },
    ]);
  });

  it("shows no more of an unexpected failure than its mask does", async () => {
    const feeds = new LiveFeeds();
    const subscribed = follow(graphqlClient(await startTiny({ startLiveOperation: feeds.start })), { query });
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    feeds.end([new GraphQLError("the secret", { originalError: new TypeError("the secret") })]);
    const { error } = await subscribed.ended;
    expect(JSON.stringify(error)).not.toContain("secret");
    expect(error).toMatchObject([{ extensions: { code: "INTERNAL" } }]);
  });

  it.each([
    ["with a code", new EventQLError("CURSOR_INVALID", "no cursor"), { code: "CURSOR_INVALID", retriable: false }],
    ["unexpectedly", new TypeError("the secret"), { code: "INTERNAL" }],
  ])("that can't begin fails %s", async (_how, failure, extensions) => {
    const startLiveOperation = async (): Promise<never> => await Promise.reject(failure);
    const raw = await openAcknowledged(await startTiny({ startLiveOperation }));
    raw.send(subscribe("1"));
    await settled(raw);
    expect(raw.messages.slice(0, -1)).toMatchObject([{ id: "1", type: "error", payload: [{ extensions }] }]);
  });

  it("is left to the engine where nobody knows it", async () => {
    const ticker = new Ticker();
    const startLiveOperation = async (): Promise<undefined> => await Promise.resolve(undefined);
    const subscribed = follow(graphqlClient(await startTiny({ startLiveOperation }, createGate(), ticker)), { query });
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(1);
    await vi.waitFor(() => expect(subscribed.results).toEqual([{ data: { ticks: 1 } }]));
  });
});

describe("a live operation is closed", () => {
  it("when the client ends it: nothing more is said of it", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }));
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    raw.send({ id: "1", type: "complete" });
    await vi.waitFor(() => expect(feeds.open).toHaveLength(0));
    await settled(raw);
    expect(raw.messages).toEqual([{ type: "pong" }]);
  });

  it("when the client had ended it before it began", async () => {
    const feeds = new LiveFeeds();
    const gate = createGate();
    const url = await startTiny({
      async startLiveOperation(...args) {
        gate.waiting += 1;
        await gate.opened;
        return await feeds.start(...args);
      },
    });
    const raw = await openAcknowledged(url);
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(gate.waiting).toBe(1));
    raw.send({ id: "1", type: "complete" });
    await settled(raw);
    gate.open();
    await vi.waitFor(() => expect(feeds.started.map(({ isClosed }) => isClosed)).toEqual([true]));
    expect(raw.messages).toEqual([{ type: "pong" }]);
  });

  it("with its socket, for each of 200 sockets that close at once", async () => {
    const feeds = new LiveFeeds();
    const url = await startTiny({ startLiveOperation: feeds.start });
    const opened = await Promise.all(Array.from({ length: 200 }, async () => await openAcknowledged(url)));
    for (const raw of opened) raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(200), { timeout: 10_000 });
    for (const { socket } of opened.slice(0, 100)) socket.terminate();
    for (const { socket } of opened.slice(100)) socket.close();
    await vi.waitFor(() => expect(feeds.open).toHaveLength(0), { timeout: 10_000 });
  });
});

describe("a client that does not read", () => {
  const big = JSON.stringify({ data: { ticks: "x".repeat(100_000) } });

  it("leaves no room, gets the reason when it reads again, and has room again then", async () => {
    const feeds = new LiveFeeds();
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start }));
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    const sink = feeds.started[0]?.sink;
    raw.socket.pause();
    const sent = await fill(feeds, big);
    expect(sink?.hasRoom()).toBe(false);
    let hasRoom = false;
    const room = sink?.room().then(() => (hasRoom = true));
    feeds.end([tooSlow("c")]);
    expect(hasRoom).toBe(false);
    raw.socket.resume();
    await room;
    expect(sink?.hasRoom()).toBe(true);
    await settled(raw);
    expect(raw.messages.slice(sent, -1)).toMatchObject([
      { type: "error", payload: [{ extensions: { code: "SUBSCRIBER_TOO_SLOW" } }] },
    ]);
    expect(raw.messages).toHaveLength(sent + 2);
  });

  it("is not listened to, either, until it reads", async () => {
    const feeds = new LiveFeeds();
    const contexts = vi.fn<(caller: object) => object>(() => ({}));
    const url = await startTiny({ startLiveOperation: feeds.start, createContext: contexts });
    const raw = await openAcknowledged(url);
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    raw.socket.pause();
    const sent = await fill(feeds, big);
    raw.send({ id: "2", type: "subscribe", payload: { query: "{ hello }" } });
    await openAcknowledged(url);
    expect(contexts).toHaveBeenCalledTimes(1);
    raw.socket.resume();
    await vi.waitFor(() => expect(raw.messages).toHaveLength(sent + 2));
    expect(contexts).toHaveBeenCalledTimes(2);
  });

  it("is cut off when it takes nothing for too long", async () => {
    const feeds = new LiveFeeds();
    const keepAlive = { ping: 50, stalled: 100 };
    const raw = await openAcknowledged(await startTiny({ startLiveOperation: feeds.start, keepAlive }));
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    raw.socket.pause();
    await fill(feeds, big);
    const room = feeds.started[0]?.sink.room();
    await vi.waitFor(() => expect(feeds.open).toHaveLength(0), { timeout: 5_000 });
    await room;
  });

  it("is cut off when it answers no ping", async () => {
    const feeds = new LiveFeeds();
    const keepAlive = { ping: 30, stalled: 60_000 };
    const url = await startTiny({ startLiveOperation: feeds.start, keepAlive });
    const raw = await openAcknowledged(url, { autoPong: false });
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.started).toHaveLength(1));
    expect(await raw.closed).toMatchObject({ code: 1006 });
    await vi.waitFor(() => expect(feeds.open).toHaveLength(0));
  });

  it("is kept while it answers pings", async () => {
    const raw = await openAcknowledged(await startTiny({ keepAlive: { ping: 20, stalled: 60_000 } }));
    let pings = 0;
    raw.socket.on("ping", () => (pings += 1));
    await vi.waitFor(() => expect(pings).toBeGreaterThan(4), { timeout: 10_000 });
    expect(raw.socket.readyState).toBe(raw.socket.OPEN);
  });
});

describe("a server that stops", () => {
  it("lets the feeds say where to go on, then closes", async () => {
    const feeds = new LiveFeeds();
    const extensions = { code: "SHUTTING_DOWN", details: { cursor: "c-7" } };
    const onDrain = async (): Promise<void> => {
      feeds.end([new GraphQLError("Stopping.", { extensions })]);
      await Promise.resolve();
    };
    const server = await startTinyServer({ startLiveOperation: feeds.start, onDrain, stopTimeoutMs: 30_000 });
    const raw = await openAcknowledged(server.url);
    const idle = await openAcknowledged(server.url);
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    await server.stop();
    expect(raw.messages).toEqual([{ id: "1", type: "error", payload: [{ message: "Stopping.", extensions }] }]);
    expect(await raw.closed).toEqual({ code: 1001, reason: "The server is stopping." });
    expect(await idle.closed).toMatchObject({ code: 1001 });
  });

  it.each([
    ["nobody does", undefined],
    ["that fails", async () => await Promise.reject(new TypeError("broken"))],
  ])("ends live operations itself where %s", async (_why, onDrain) => {
    const feeds = new LiveFeeds();
    const server = await startTinyServer({ startLiveOperation: feeds.start, onDrain });
    const raw = await openAcknowledged(server.url);
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(1));
    await server.stop();
    expect(raw.messages).toMatchObject([{ type: "error", payload: [{ extensions: { code: "SHUTTING_DOWN" } }] }]);
    expect(feeds.open).toEqual([]);
  });

  it("ends the streams of the engine, too", async () => {
    const ticker = new Ticker();
    const server = await startTinyServer({}, createGate(), ticker);
    const raw = await openAcknowledged(server.url);
    raw.send(subscribe("1"));
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    await server.stop();
    expect(raw.messages).toMatchObject([{ type: "error", payload: [{ extensions: { code: "SHUTTING_DOWN" } }] }]);
    expect(ticker.returned).toBe(1);
  });

  it("answers what is under way, and takes nothing new", async () => {
    const gate = createGate();
    const server = await startTinyServer({}, gate);
    const raw = await openAcknowledged(server.url);
    raw.send({ id: "1", type: "subscribe", payload: { query: "{ slow }" } });
    await vi.waitFor(() => expect(gate.waiting).toBe(1));
    const stopped = server.stop();
    raw.send({ id: "2", type: "subscribe", payload: { query: "{ hello }" } });
    await vi.waitFor(() => expect(raw.messages).toHaveLength(1));
    gate.open();
    await stopped;
    expect(raw.messages).toMatchObject([
      { id: "2", type: "error", payload: [{ extensions: { code: "SHUTTING_DOWN" } }] },
      { id: "1", type: "next", payload: { data: { slow: "done" } } },
      { id: "1", type: "complete" },
    ]);
    expect(await raw.closed).toMatchObject({ code: 1001 });
  });

  it("ends within its bound with sockets whose clients do not react", async () => {
    const feeds = new LiveFeeds();
    const onDrain = async (): Promise<never> => await new Promise(() => {});
    const server = await startTinyServer({ startLiveOperation: feeds.start, onDrain, stopTimeoutMs: 200 });
    const opened = await Promise.all(Array.from({ length: 20 }, async () => await openAcknowledged(server.url)));
    for (const raw of opened) raw.send(subscribe("1"));
    await vi.waitFor(() => expect(feeds.open).toHaveLength(20));
    for (const { socket } of opened) socket.pause();
    await fill(feeds, JSON.stringify({ data: "x".repeat(100_000) }));
    const began = performance.now();
    await server.stop();
    expect(performance.now() - began).toBeLessThan(2_000);
    expect(feeds.open).toEqual([]);
  });
});

/** Sends until there is no room and none comes, and returns how many messages that took. */
async function fill(feeds: LiveFeeds, text: string): Promise<number> {
  const isFull = (): boolean => feeds.open.every(({ sink }) => !sink.hasRoom());
  for (let sent = 1; sent < 10_000; sent += 1) {
    feeds.publish(text);
    for (let turn = 0; turn < 50 && isFull(); turn += 1) await setImmediate();
    if (isFull()) return sent;
  }
  throw new TypeError("there was always room");
}

/** Waits until everything that was sent before is here. */
async function settled(raw: RawSocket): Promise<void> {
  raw.send({ type: "ping" });
  await vi.waitFor(() => expect(raw.messages).toContainEqual({ type: "pong" }), { timeout: 5_000 });
}
