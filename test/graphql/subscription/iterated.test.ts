import type { ExecutionResult } from "graphql";
import { createYoga } from "graphql-yoga";
import { describe, expect, it } from "vitest";
import type { Catalog } from "../../../src/catalog/types.ts";
import { EventQLError } from "../../../src/errors.ts";
import { createContext } from "../../../src/graphql/context.ts";
import { createMaskError } from "../../../src/graphql/errors.ts";
import { subscriptionRulesPlugin } from "../../../src/graphql/subscription/unconditional-root-rule.ts";
import type { RequestContext } from "../../../src/security/authorize.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { appuser } from "../example-catalogs.ts";
import { change, event } from "./items.ts";
import { type Ask, Live } from "./live.ts";

const NAMES = "subscription { userChanges { id operation user { firstname } } }";
const caller: RequestContext = { headers: {}, remoteAddress: undefined };

/** Subscribes by the engine that serves HTTP, and gathers everything until the end. */
async function gather(live: Live, query: string, { variables }: Ask = {}): Promise<Promise<ExecutionResult[]>> {
  const maskError = createMaskError(silentLogger);
  const yoga = createYoga({
    schema: live.schema,
    context: () => createContext(live.services, caller),
    maskedErrors: { maskError },
    plugins: [subscriptionRulesPlugin()],
    logging: false,
  });
  const response = await yoga.fetch("http://localhost/graphql", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ query, variables }),
  });
  return response.text().then((text) =>
    text
      .split("\n")
      .filter((line) => line.startsWith("data: {"))
      .map((line) => JSON.parse(line.slice("data: ".length))),
  );
}

const THE_END = new EventQLError("SHUTTING_DOWN", "bye", { details: { cursor: "the end" } });

describe("both ways", () => {
  const cases: readonly [string, string, Catalog, (live: Live) => void][] = [
    [
      "changes",
      NAMES,
      appuser,
      (live) => {
        live.changes.emit(change("1", { firstname: "Ada" }));
        live.changes.emit(change("2", {}, { operation: "DELETE", document: undefined }));
        live.changes.emit(change("3", {}, { document: { _id: "3" } }));
        live.changes.end(THE_END);
      },
    ],
    [
      "events",
      "subscription { events: userEventStream { ... on UserChanged { id first_name } ... on UserTombstone { id } } }",
      appuser,
      (live) => {
        live.events.emit(event(appuser, "UserChanged", "1", { first_name: "Ada", last_name: "L" }));
        live.events.emit(event(appuser, "UserChanged", "2", { first_name: 7 }));
        live.events.emit(event(appuser, undefined, "1"));
        live.events.end(THE_END);
      },
    ],
    [
      "a broken document",
      "subscription { userChanges { user { id _meta { version } } } }",
      appuser,
      (live) => {
        live.changes.emit(change("3", {}, { document: { _id: "3" } }));
        live.changes.end(THE_END);
      },
    ],
  ];
  it.each(cases)("give the same results of %s", async (_what, query, catalog, play) => {
    const live = new Live(catalog);
    const gathered = gather(live, query);
    const inbox = await live.follow(query);
    await expect.poll(() => live.changes.subscribed.length + live.events.subscribed.length).toBe(2);
    play(live);
    const results = await gathered;
    const withoutIds = (value: unknown): unknown =>
      JSON.parse(JSON.stringify(value).replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "an-id"));
    expect(withoutIds(inbox.results)).toEqual(withoutIds(results.slice(0, -1)));
    expect(inbox.results.length).toBeGreaterThan(0);
    expect(results.at(-1)?.errors).toMatchObject(JSON.parse(JSON.stringify(inbox.errors)));
    expect(results.at(-1)?.errors).toMatchObject([
      { message: "bye", extensions: { code: "SHUTTING_DOWN", details: { cursor: "the end" } } },
    ]);
  });
});

describe("a subscription by the engine", () => {
  it.each([
    ["subscription { userChanges @skip(if: true) { id } }"],
    ["subscription { ...F } fragment F on Subscription { userChanges @include(if: false) { id } }"],
    ["subscription { ... @skip(if: true) { userChanges { id } } }"],
  ])("can't leave its field out: %s", async (query) => {
    const results = await gather(new Live(appuser), query);
    expect(results).toMatchObject([{ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] }]);
  });

  it("hands over what waits before it ends", async () => {
    const live = new Live(appuser);
    const stream = await live.iterate(NAMES);
    for (const id of ["1", "2"]) live.changes.emit(change(id));
    live.changes.end(THE_END);
    await expect(stream.next()).resolves.toMatchObject({ value: { data: { userChanges: { id: "1" } } } });
    await expect(stream.next()).resolves.toMatchObject({ value: { data: { userChanges: { id: "2" } } } });
    await expect(stream.next()).rejects.toBe(THE_END);
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
  });

  it("gives an error to who waits", async () => {
    const live = new Live(appuser);
    const stream = await live.iterate(NAMES);
    const [waiting, more] = [stream.next(), stream.next()];
    live.changes.end(THE_END);
    await expect(waiting).rejects.toBe(THE_END);
    await expect(more).resolves.toEqual({ done: true, value: undefined });
  });

  it("closes the feed when the subscriber goes, also while they wait", async () => {
    const live = new Live(appuser);
    const stream = await live.iterate(NAMES);
    const waiting = stream.next();
    await stream.return();
    await expect(waiting).resolves.toEqual({ done: true, value: undefined });
    expect(live.changes.last.isClosed()).toBe(true);
  });

  it("has room for a thousand items, and again when some are taken", async () => {
    const live = new Live(appuser);
    const stream = await live.iterate(NAMES);
    const { sink } = live.changes.last;
    let taken = 0;
    for (; sink.hasRoom(); taken += 1) sink.next(change(String(taken)));
    expect(taken).toBe(1_000);
    const room = sink.room();
    await stream.next();
    await room;
    expect(sink.hasRoom()).toBe(true);
  });
});
