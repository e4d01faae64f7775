import { GraphQLError } from "graphql";
import type { Plugin } from "graphql-yoga";
import { describe, expect, it, vi } from "vitest";
import { EventQLError } from "../../../src/errors.ts";
import type { Authenticate } from "../../../src/security/authenticate.ts";
import { Ticker } from "../ticker.ts";
import { ask, createGate, startTiny } from "../tiny-server.ts";
import { follow, graphqlClient, openAcknowledged, openRaw } from "./sockets.ts";

const subscribe = (id: string, query: string): unknown => ({ id, type: "subscribe", payload: { query } });

describe("queries and mutations", () => {
  it.each([
    ["a query", "{ hello node { name } }"],
    ["a mutation", "mutation { touch }"],
    ["introspection", "{ __schema { queryType { name } } }"],
    ["an unexpected error", "{ hello broken }"],
    ["a syntax error", "{ hello"],
    ["an unknown field", "{ helo }"],
    ["an argument of the wrong type", '{ echo(n: "x") }'],
    ["a variable that is missing", "query q($n: Int!) { echo(n: $n) }"],
    ["too deep a document", "{ node { next { next { next { next { name } } } } } }"],
    ["too many aliases", "{ a: hello b: hello c: hello d: hello }"],
    ["too many tokens", `{ ${"hello ".repeat(120)} }`],
    ["several operations without a choice", "query a { hello } query b { hello }"],
    ["no operation", "fragment f on Query { hello }"],
  ])("are answered as over HTTP: %s", async (_what, query) => {
    const url = await startTiny();
    const { body } = await ask(url, query);
    const { results, error } = await follow(graphqlClient(url), { query }).ended;
    expect(withoutIds(results[0] ?? { errors: error })).toEqual(withoutIds(body));
    expect(JSON.stringify(results)).not.toContain("secret");
  });

  it("takes variables and the operation's name", async () => {
    const query = "query a($n: Int!) { echo(n: $n) } query b { hello }";
    const client = graphqlClient(await startTiny());
    const asked = follow(client, { query, operationName: "a", variables: { n: 7 } });
    expect((await asked.ended).results).toEqual([{ data: { echo: 7 } }]);
  });

  it("go through the plugins of the server, as over HTTP", async () => {
    const refusing: Plugin = {
      onExecute({ args, setResultAndStopExecution }) {
        const error = new GraphQLError("Not yet.", { extensions: { code: "NOT_YET_PROJECTED", retriable: true } });
        if (args.variableValues?.["wait"] === true) setResultAndStopExecution({ errors: [error] });
      },
    };
    const url = await startTiny({ plugins: [refusing] });
    const query = "query q($wait: Boolean!) { hello @include(if: $wait) }";
    const body = JSON.stringify({ query, variables: { wait: true } });
    const overHttp = await ask(url, query, { body });
    const { results } = await follow(graphqlClient(url), { query, variables: { wait: true } }).ended;
    expect(results).toEqual([overHttp.body]);
    expect(results).toMatchObject([{ errors: [{ extensions: { code: "NOT_YET_PROJECTED" } }] }]);
  });

  it("give up on what takes too long", async () => {
    const gate = createGate();
    const client = graphqlClient(await startTiny({ limits: { queryMs: 20 } }, gate));
    const { results } = await follow(client, { query: "{ slow }" }).ended;
    expect(results).toMatchObject([{ errors: [{ extensions: { code: "LIMIT_EXCEEDED" } }] }]);
    gate.open();
  });

  it("know the headers of the request that opened the socket", async () => {
    const raw = await openAcknowledged(await startTiny(), { headers: { "X-Who": "ann" } });
    raw.send(subscribe("1", "{ header }"));
    await vi.waitFor(() => expect(raw.messages).toHaveLength(2));
    expect(raw.messages).toEqual([
      { id: "1", type: "next", payload: { data: { header: "ann" } } },
      { id: "1", type: "complete" },
    ]);
  });

  it("run side by side", async () => {
    const gate = createGate();
    const client = graphqlClient(await startTiny({}, gate));
    const slow = follow(client, { query: "{ slow }" });
    await vi.waitFor(() => expect(gate.waiting).toBe(1));
    expect((await follow(client, { query: "{ hello }" }).ended).results).toEqual([{ data: { hello: "world" } }]);
    gate.open();
    expect((await slow.ended).results).toEqual([{ data: { slow: "done" } }]);
  });
});

describe("subscriptions that the engine executes", () => {
  const query = "subscription { ticks }";

  it("bring each result, and end with their source", async () => {
    const ticker = new Ticker();
    const subscribed = follow(graphqlClient(await startTiny({}, createGate(), ticker)), { query });
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(1);
    ticker.tick(2);
    ticker.close();
    expect(await subscribed.ended).toEqual({
      results: [{ data: { ticks: 1 } }, { data: { ticks: 2 } }],
      error: undefined,
    });
  });

  it("mask what goes wrong in a result, and go on", async () => {
    const ticker = new Ticker();
    const subscribed = follow(graphqlClient(await startTiny({}, createGate(), ticker)), { query });
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(13);
    ticker.tick(14);
    await vi.waitFor(() => expect(subscribed.results).toHaveLength(2));
    expect(subscribed.results).toMatchObject([
      { errors: [{ message: expect.stringContaining("Unexpected error"), extensions: { code: "INTERNAL" } }] },
      { data: { ticks: 14 } },
    ]);
  });

  it.each([
    [
      "with a code",
      new EventQLError("CURSOR_EXPIRED", "too old"),
      { message: "too old", extensions: { code: "CURSOR_EXPIRED" } },
    ],
    ["unexpectedly", new TypeError("the secret"), { message: /^Unexpected error/, extensions: { code: "INTERNAL" } }],
  ])("tell an error when their source fails %s", async (_how, failure, shown) => {
    const ticker = new Ticker();
    const raw = await openAcknowledged(await startTiny({}, createGate(), ticker));
    raw.send(subscribe("1", query));
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.fail(failure);
    raw.send({ type: "ping" });
    await vi.waitFor(() => expect(raw.messages).toContainEqual({ type: "pong" }));
    const about = raw.messages.filter((message) => JSON.stringify(message).includes('"id"'));
    expect(about).toMatchObject([
      { id: "1", type: "error", payload: [{ ...shown, message: expect.stringMatching(shown.message) }] },
    ]);
  });

  it("tell an error when they can't begin", async () => {
    const { error, results } = await follow(graphqlClient(await startTiny()), { query: "subscription { refused }" })
      .ended;
    expect(results).toEqual([]);
    expect(error).toMatchObject([{ extensions: { code: "CURSOR_EXPIRED", retriable: false, details: { by: 3 } } }]);
  });

  it("stop when the client wants no more, and their id may be used again", async () => {
    const ticker = new Ticker();
    const raw = await openAcknowledged(await startTiny({}, createGate(), ticker));
    for (const round of [1, 2, 3]) {
      raw.send(subscribe("same", query));
      await vi.waitFor(() => expect(ticker.following).toBe(1));
      ticker.tick(round);
      await vi.waitFor(() => expect(raw.messages).toHaveLength(round));
      raw.send({ id: "same", type: "complete" });
    }
    await vi.waitFor(() => expect(ticker.returned).toBe(3));
    expect(raw.messages.map((message) => JSON.stringify(message))).toEqual(
      [1, 2, 3].map((ticks) => JSON.stringify({ id: "same", type: "next", payload: { data: { ticks } } })),
    );
  });

  it("may be ended and begun again in one breath", async () => {
    const ticker = new Ticker();
    const raw = await openAcknowledged(await startTiny({}, createGate(), ticker));
    raw.send(subscribe("same", query));
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    raw.send({ id: "same", type: "complete" });
    raw.send(subscribe("same", query));
    await vi.waitFor(() => expect(ticker.returned).toBe(1));
    await vi.waitFor(() => expect(ticker.following).toBe(1));
    ticker.tick(5);
    await vi.waitFor(() =>
      expect(raw.messages).toEqual([{ id: "same", type: "next", payload: { data: { ticks: 5 } } }]),
    );
  });

  it("stop with their socket", async () => {
    const ticker = new Ticker();
    const raw = await openAcknowledged(await startTiny({}, createGate(), ticker));
    for (const id of ["a", "b", "c"]) raw.send(subscribe(id, query));
    await vi.waitFor(() => expect(ticker.following).toBe(3));
    raw.socket.terminate();
    await vi.waitFor(() => expect([ticker.following, ticker.returned]).toEqual([0, 3]));
  });
});

describe("a client that breaks the protocol", () => {
  it.each([
    ["speaks no JSON", "{", 4400],
    ["names no type", "{}", 4400],
    ["names an unknown type", '{"type":"start"}', 4400],
    ["sends what only servers send", '{"type":"next","id":"1","payload":{}}', 4400],
    ["sends bytes", Buffer.from('{"type":"ping"}'), 4400],
    ["asks before it was acknowledged", '{"type":"subscribe","id":"1","payload":{"query":"{ hello }"}}', 4401],
    ["sends too much", `{"type":"ping","payload":{"x":"${"x".repeat(3_000)}"}}`, 1009],
  ])("is cut off: it %s", async (_what, message, code) => {
    const raw = await openRaw(await startTiny());
    raw.socket.send(message);
    expect(await raw.closed).toMatchObject({ code });
  });

  it("is cut off: it begins twice", async () => {
    const raw = await openAcknowledged(await startTiny());
    raw.send({ type: "connection_init" });
    expect(await raw.closed).toMatchObject({ code: 4429 });
  });

  it("is cut off: it uses an id twice", async () => {
    const raw = await openAcknowledged(await startTiny());
    raw.send(subscribe("1", "subscription { ticks }"));
    raw.send(subscribe("1", "subscription { ticks }"));
    expect(await raw.closed).toMatchObject({ code: 4409 });
  });

  it("is cut off: it never begins", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const raw = await openRaw(await startTiny());
      vi.advanceTimersByTime(10_001);
      expect(await raw.closed).toMatchObject({ code: 4408 });
    } finally {
      vi.useRealTimers();
    }
  });

  it("may end what it never began", async () => {
    const raw = await openAcknowledged(await startTiny());
    raw.send({ id: "nothing", type: "complete" });
    raw.send({ type: "ping", payload: { n: 1 } });
    await vi.waitFor(() => expect(raw.messages).toEqual([{ type: "pong", payload: { n: 1 } }]));
  });

  it("does not get the answer to a query that it ended under an id that it uses again", async () => {
    const gate = createGate();
    const raw = await openAcknowledged(await startTiny({}, gate));
    raw.send(subscribe("1", "{ slow }"));
    await vi.waitFor(() => expect(gate.waiting).toBe(1));
    raw.send({ id: "1", type: "complete" });
    raw.send(subscribe("1", "{ hello }"));
    await vi.waitFor(() => expect(raw.messages).toHaveLength(1));
    gate.open();
    raw.send(subscribe("2", "{ hello }"));
    await vi.waitFor(() => expect(raw.messages).toHaveLength(3));
    expect(raw.messages).toMatchObject([
      { id: "1", type: "error", payload: [{ extensions: { code: "BAD_USER_INPUT" } }] },
      { id: "2", type: "next" },
      { id: "2", type: "complete" },
    ]);
  });

  it("may not run more operations than the limit on one socket", async () => {
    const ticker = new Ticker();
    const raw = await openAcknowledged(await startTiny({}, createGate(), ticker));
    for (let id = 0; id < 1_001; id += 1) raw.send(subscribe(String(id), "subscription { ticks }"));
    await vi.waitFor(() => expect(raw.messages).toHaveLength(1), { timeout: 10_000 });
    expect(raw.messages).toMatchObject([
      { id: "1000", type: "error", payload: [{ extensions: { code: "LIMIT_EXCEEDED" } }] },
    ]);
    await vi.waitFor(() => expect(ticker.following).toBe(1_000));
  });
});

describe("authentication", () => {
  const authenticate: Authenticate = async ({ headers, connectionParams }) => {
    const token = connectionParams?.["authorization"] ?? headers["authorization"];
    if (token === "Bearer old") throw new EventQLError("TOKEN_EXPIRED", "The token has expired: get a new one.");
    if (token === "Bearer broken") throw new TypeError("the secret inside");
    if (token === "Bearer later") throw new EventQLError("REGISTRY_UNAVAILABLE", "The keys can't be had.");
    if (token === "Bearer short") return { role: "user", claims: {}, expiresAt: Date.now() };
    if (token !== "Bearer good") throw new EventQLError("UNAUTHENTICATED", "é".repeat(200));
    return await Promise.resolve({ role: "user", claims: { sub: "ann" }, expiresAt: undefined });
  };
  const createContext = (caller: object): object => ({ caller });

  it.each([
    ["in its first message", { connectionParams: { authorization: "Bearer good" } }],
    ["in the headers", { headers: { authorization: "Bearer good" } }],
  ])("takes the proof %s", async (_where, { headers, connectionParams }: Proof) => {
    const callers: object[] = [];
    const url = await startTiny({
      authenticate,
      createContext: (caller) => (callers.push(caller), createContext(caller)),
    });
    const raw = await openRaw(url, { headers: { ...headers } });
    raw.send({ type: "connection_init", payload: connectionParams });
    await vi.waitFor(() => expect(raw.messages).toEqual([{ type: "connection_ack" }]));
    raw.send(subscribe("1", "{ hello }"));
    await vi.waitFor(() => expect(raw.messages).toHaveLength(3));
    expect(callers).toMatchObject([{ identity: { role: "user", claims: { sub: "ann" } } }]);
  });

  it.each([
    ["Bearer old", 4403, "TOKEN_EXPIRED: The token has expired: get a new one."],
    ["Bearer broken", 4500, /^INTERNAL: Unexpected error/],
    ["Bearer none", 4403, /^UNAUTHENTICATED: é{50,52}…$/],
    ["Bearer later", 1013, /^REGISTRY_UNAVAILABLE/],
  ])("closes the socket of who sends %s", async (authorization, code, reason) => {
    const raw = await openRaw(await startTiny({ authenticate }));
    raw.send({ type: "connection_init", payload: { authorization } });
    expect(await raw.closed).toEqual({ code, reason: expect.stringMatching(reason) });
    expect(raw.messages).toEqual([]);
  });

  it("runs nothing while it is still asking who calls", async () => {
    const gate = createGate();
    const createContext = vi.fn<(caller: object) => object>(() => ({}));
    const url = await startTiny({
      createContext,
      authenticate: async (credentials) => {
        await gate.opened;
        return await authenticate(credentials);
      },
    });
    const raw = await openRaw(url);
    raw.send({ type: "connection_init", payload: { authorization: "Bearer old" } });
    raw.send(subscribe("1", "{ hello }"));
    expect(await raw.closed).toMatchObject({ code: 4401 });
    gate.open();
    expect(createContext).not.toHaveBeenCalled();
  });

  it("refuses operations from the moment that the token has expired", async () => {
    const client = graphqlClient(await startTiny({ authenticate }), {
      connectionParams: { authorization: "Bearer short" },
    });
    const { error } = await follow(client, { query: "{ hello }" }).ended;
    expect(error).toMatchObject([{ extensions: { code: "TOKEN_EXPIRED" } }]);
  });
});

interface Proof {
  readonly headers?: Record<string, string>;
  readonly connectionParams?: Record<string, string>;
}

/** The ids of log lines differ from one error to the next. */
function withoutIds(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<id>"));
}
