import { expect, it, vi } from "vitest";
import type { Logger } from "../../src/telemetry/logger.ts";
import type { Metrics } from "../../src/telemetry/metrics.ts";
import { Ticker } from "./ticker.ts";
import { ask, createGate, startTiny } from "./tiny-server.ts";
import { LiveFeeds } from "./websocket/live-feeds.ts";
import { follow, graphqlClient, openAcknowledged } from "./websocket/sockets.ts";

type Answered = Metrics["graphqlAnswered"];

/** What is counted of one query, over HTTP and over WebSocket. */
async function counted(query: string): Promise<readonly string[]> {
  const graphqlAnswered = vi.fn<Answered>();
  const url = await startTiny({ recorder: { graphqlAnswered }, limits: { queryMs: 20 } });
  const headers = { "content-type": "application/json", accept: "text/event-stream, application/json" };
  await (await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) })).text();
  await follow(graphqlClient(url), { query }).ended;
  expect(graphqlAnswered.mock.calls.every(([, , , seconds]) => seconds >= 0 && seconds < 10)).toBe(true);
  return graphqlAnswered.mock.calls.map(([operation, field, code]) => `${operation} ${field} ${code}`);
}

it.each([
  ["{ hello node { name } }", "query hello OK"],
  ["{ alias: node { name } hello }", "query node OK"],
  ["mutation { touch }", "mutation touch OK"],
  ["{ ...a } fragment a on Query { ... { node { name } } }", "query node OK"],
  ["{ __typename }", "query __typename OK"],
  ["{ broken }", "query broken INTERNAL"],
  ["{ slow }", "query slow LIMIT_EXCEEDED"],
  ["{ helo }", "query unknown BAD_USER_INPUT"],
  ["{ ...a } fragment a on Query { ...a }", "query unknown BAD_USER_INPUT"],
  ["{ hello", "none unknown BAD_USER_INPUT"],
  ["subscription { refused }", "subscription refused CURSOR_EXPIRED"],
])("counts %s as %s, whichever way it comes", async (query, expected) => {
  expect(await counted(query)).toEqual([expected, expected]);
});

it("counts a stream when it begins", async () => {
  const graphqlAnswered = vi.fn<Answered>();
  const ticker = new Ticker();
  const url = await startTiny({ recorder: { graphqlAnswered } }, createGate(), ticker);
  const response = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query: "subscription { ticks }" }),
  });
  expect(graphqlAnswered.mock.calls).toEqual([["subscription", "ticks", "OK", expect.any(Number)]]);
  await response.body?.cancel();
  follow(graphqlClient(url), { query: "subscription { ticks }" });
  await vi.waitFor(() => expect(graphqlAnswered).toHaveBeenCalledTimes(2));
  ticker.fail(new TypeError("later"));
  await vi.waitFor(() => expect(ticker.returned).toBeGreaterThan(0));
  expect(graphqlAnswered).toHaveBeenCalledTimes(2);
});

it.each([
  [true, "OK"],
  [false, "INTERNAL"],
])("counts a live operation once: begun %s", async (begins, code) => {
  const graphqlAnswered = vi.fn<Answered>();
  const feeds = new LiveFeeds();
  const startLiveOperation = begins ? feeds.start : async () => await Promise.reject<undefined>(new TypeError("no"));
  const url = await startTiny({ recorder: { graphqlAnswered }, startLiveOperation });
  follow(graphqlClient(url), { query: "subscription { ticks }" });
  await vi.waitFor(() =>
    expect(graphqlAnswered.mock.calls).toEqual([["subscription", "ticks", code, expect.any(Number)]]),
  );
});

it("counts requests that hold no operation", async () => {
  const graphqlAnswered = vi.fn<Answered>();
  await ask(await startTiny({ recorder: { graphqlAnswered } }), "", { body: "{" });
  expect(graphqlAnswered.mock.calls).toEqual([["none", "unknown", "BAD_USER_INPUT", expect.any(Number)]]);
});

/** A logger that keeps its lines. */
function keepingLogger(): { readonly logger: Logger; readonly lines: Record<string, unknown>[] } {
  const lines: Record<string, unknown>[] = [];
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, message, ...fields });
  const logger: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: () => logger,
  };
  return { logger, lines };
}

it.each([
  ["a sane name", "trace-1.a:b", /^trace-1\.a:b$/],
  ["one that is too long", "x".repeat(129), /^[0-9a-f]{8}-/],
  ["one with odd characters", "a b\tc", /^[0-9a-f]{8}-/],
])("names a request as its caller did, by %s", async (_what, given, expected) => {
  const { logger, lines } = keepingLogger();
  const url = await startTiny({ logger });
  const init = { method: "POST", headers: { "content-type": "application/json", "x-request-id": given } };
  const response = await fetch(`${url}/graphql`, { ...init, body: '{"query":"{ hello }"}' });
  const id = response.headers.get("x-request-id");
  expect(id).toMatch(expected);
  expect(lines).toContainEqual(
    expect.objectContaining({ level: "debug", requestId: id, operation: "query", field: "hello", code: "OK" }),
  );
});

it("names every response, and each a different one", async () => {
  const url = await startTiny();
  const paths = ["/healthz", "/nothing", "/readyz", "/graphql"];
  const ids = await Promise.all(paths.map(async (path) => (await fetch(url + path)).headers.get("x-request-id")));
  expect(new Set(ids).size).toBe(4);
});

it("writes the name of the request beside the id of its unexpected error", async () => {
  const { logger, lines } = keepingLogger();
  const raw = await openAcknowledged(await startTiny({ logger }), { headers: { "x-request-id": "socket-1" } });
  raw.send({ id: "1", type: "subscribe", payload: { query: "{ hello }" } });
  raw.send({ id: "2", type: "subscribe", payload: { query: "{ broken }" } });
  await vi.waitFor(() => expect(raw.messages).toHaveLength(4));
  const answers = raw.messages.flatMap((message) => JSON.stringify(message).match(/"errorId":"([^"]+)"/)?.[1] ?? []);
  expect(answers).toHaveLength(1);
  expect(lines).toContainEqual(
    expect.objectContaining({
      level: "warn",
      requestId: "socket-1/2",
      field: "broken",
      code: "INTERNAL",
      errorIds: answers,
    }),
  );
});
