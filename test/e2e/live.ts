import { cp, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import avsc from "avsc";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient, type Received, subscribeBySse } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { E2EStack, ForeignRecord } from "./stacks/stack.ts";

const CHANGES = `subscription ($where: UserWhere, $snapshot: Boolean, $after: Cursor) {
  userChanges(where: $where, snapshot: $snapshot, after: $after) {
    operation id cursor user { firstname last_name } previous { firstname }
  }
}`;
const EVENTS = `subscription ($ids: [ID!], $after: Cursor) {
  userEventStream(ids: $ids, after: $after) {
    __typename
    ... on UserChanged { id first_name last_name _meta { partition offset cursor } }
    ... on UserEmailChanged { id email _meta { partition offset cursor } }
    ... on UserTombstone { id _meta { partition offset cursor } }
  }
}`;

const user = z.object({ firstname: z.string().nullable() }).nullable();
const change = z.object({
  data: z.object({
    userChanges: z.object({
      operation: z.string(),
      id: z.string(),
      cursor: z.string(),
      user: user.and(z.object({ last_name: z.string().nullable() }).nullable()),
      previous: user,
    }),
  }),
});
const event = z.object({
  data: z.object({
    userEventStream: z.object({
      __typename: z.string(),
      id: z.string(),
      first_name: z.string().optional(),
      last_name: z.string().optional(),
      _meta: z.object({ partition: z.number(), offset: z.string(), cursor: z.string() }),
    }),
  }),
});
type Change = z.infer<typeof change>["data"]["userChanges"];
type Event = z.infer<typeof event>["data"]["userEventStream"];

function changesOf({ items }: Received): readonly Change[] {
  return items.map((item) => change.parse(item).data.userChanges);
}

function eventsOf({ items }: Received): readonly Event[] {
  return items.map((item) => event.parse(item).data.userEventStream);
}

/** What is to be appended of a key: its fields, or nothing for a tombstone. */
interface Line {
  readonly key: string;
  readonly type: "UserChanged" | "UserEmailChanged";
  readonly event: object | undefined;
}

function line(key: string, first: string, last: string): Line {
  return { key, type: "UserChanged", event: { first_name: first, last_name: last } };
}

function tombstone(key: string): Line {
  return { key, type: "UserChanged", event: undefined };
}

/** Writes events as any program might that knows the topic's schemas. */
async function openEncoder(stack: E2EStack, topic: string): Promise<(line: Line) => ForeignRecord> {
  const encoders = new Map<string, (event: object) => Buffer>();
  const samples = { UserChanged: { first_name: "a", last_name: "b" }, UserEmailChanged: { email: null } };
  for (const [type, sample] of Object.entries(samples)) {
    const avro = avsc.Type.forSchema(JSON.parse(await readFile(`schemas/appuser/${type}.avsc`, "utf8")));
    const header = (await stack.serialize(topic, `app.user.${type}`, sample)).subarray(0, 5);
    encoders.set(type, (event) => Buffer.concat([header, avro.toBuffer(event)]));
  }
  return ({ key, type, event }) => {
    const encode = encoders.get(type);
    return { key: Buffer.from(key), value: event === undefined || encode === undefined ? null : encode(event) };
  };
}

/** What the subscriber of a filter on first names must see of what one without a filter saw. */
function filtered(changes: readonly Change[], prefix: string): readonly [string, string, string][] {
  const starts = (one: { readonly firstname: string | null } | null): boolean =>
    one?.firstname?.startsWith(prefix) === true;
  return changes.flatMap(({ operation, id, cursor, user: after, previous }): [string, string, string][] => {
    if (starts(after)) return [[operation, id, cursor]];
    if (!starts(previous)) return [];
    return [[operation === "DELETE" ? "DELETE" : "LEAVE", id, cursor]];
  });
}

/** Subscriptions through real clients, under load, and over the end of a gateway: the same on every stack. */
export function live(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`subscriptions on the ${name} stack`, () => {
    const topic = uniqueName("appuser");
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let url = "";
    let encode: (line: Line) => ForeignRecord;
    const clients: LiveClient[] = [];

    const flags = (): string[] => [...stack.args, "--schemas", join(folder.path, "schemas"), "--topics", topic];
    const startGateway = async (): Promise<void> => {
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags()], stack.env);
      url = await gateway.ready();
    };
    const connect = (): LiveClient => {
      const client = new LiveClient(url);
      clients.push(client);
      return client;
    };
    const produce = async (lines: readonly Line[]): Promise<void> => {
      await stack.produce(topic, lines.map(encode));
    };
    /** Subscribes, and makes sure of it by events of a key that nobody else looks at. */
    const established = async (received: Received, key: string, extra: number): Promise<void> => {
      await vi.waitFor(
        async () => {
          await produce([line(key, `${key}-first`, "probe")]);
          await received.atLeast(extra + 1, 500);
        },
        { timeout: 20_000 },
      );
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      const schemas = join(folder.path, "schemas", topic);
      await mkdir(schemas, { recursive: true });
      await cp(new URL("../../schemas/appuser", import.meta.url), schemas, { recursive: true });
      stack = await open(folder.path);
      await startGateway();
      encode = await openEncoder(stack, topic);
    });

    afterEach(async () => {
      await Promise.all(clients.splice(0).map(async (client) => await client.close()));
    });

    afterAll(async () => {
      await gateway.kill();
      await stack.close();
      await folder.remove();
    });

    test.each(["WebSocket", "server-sent events"])("by %s: a snapshot, then every change after it", async (by) => {
      const [one, two, three] = ["1", "2", "3"].map((key) => `${by}-${key}`);
      if (one === undefined || two === undefined || three === undefined) return;
      const where = { last_name: { eq: by } };
      await produce([line(one, "Ada", by), line(two, "Grace", by), line(three, "Alan", "other")]);
      await vi.waitFor(async () => {
        const { data } = await graphql(url, "query ($where: UserWhere) { users(where: $where) { id } }", { where });
        expect(data?.["users"]).toHaveLength(2);
      });
      const variables = { where, snapshot: true };
      const received =
        by === "WebSocket" ? connect().subscribe(CHANGES, variables) : subscribeBySse(url, CHANGES, variables);
      await received.atLeast(2);
      await produce([line(one, "Augusta", by)]);
      await received.atLeast(3);
      await produce([line(three, "Alan", by)]);
      await received.atLeast(4);
      await produce([line(two, "Grace", "other")]);
      await received.atLeast(5);
      await produce([tombstone(one)]);
      await received.atLeast(6);
      expect(changesOf(received).map(({ operation, id, user: now }) => [operation, id, now?.firstname])).toEqual([
        ["SNAPSHOT", one, "Ada"],
        ["SNAPSHOT", two, "Grace"],
        ["UPDATE", one, "Augusta"],
        ["UPDATE", three, "Alan"],
        ["LEAVE", two, undefined],
        ["DELETE", one, undefined],
      ]);
      received.stop();
    });

    test("each event, of all keys or of some, with its type", async () => {
      const [everything, some] = [connect().subscribe(EVENTS), connect().subscribe(EVENTS, { ids: ["e2"] })];
      await established(everything, "e-probe", 0);
      await established(some, "e2", 0);
      const [before, own] = [everything.items.length, some.items.length];
      const email: Line = { key: "e2", type: "UserEmailChanged", event: { email: "e@x" } };
      await produce([line("e1", "A", "1"), line("e2", "B", "2"), email, tombstone("e2")]);
      await everything.atLeast(before + 4);
      await some.atLeast(own + 3);
      expect(
        eventsOf(some)
          .slice(own)
          .map(({ __typename: type, id }) => [type, id]),
      ).toEqual([
        ["UserChanged", "e2"],
        ["UserEmailChanged", "e2"],
        ["UserTombstone", "e2"],
      ]);
      expect(eventsOf(everything).slice(before)).toContainEqual(expect.objectContaining({ id: "e1", first_name: "A" }));
    });

    test("wrong arguments and cursors are refused with a code", async () => {
      const client = connect();
      const both = client.subscribe(CHANGES, { snapshot: true, after: "x" });
      const cursor = client.subscribe(CHANGES, { after: "made-up" });
      const events = client.subscribe(EVENTS, { after: "made-up" });
      await vi.waitFor(() => {
        expect([both, cursor, events].map((one) => one.failure)).toMatchObject([
          [{ extensions: { code: "BAD_USER_INPUT" } }],
          [{ extensions: { code: "CURSOR_INVALID" } }],
          [{ extensions: { code: "CURSOR_INVALID" } }],
        ]);
      });
    });

    test("1,000 subscribers under load: each receives exactly its changes, in order", async () => {
      const keys = Array.from({ length: 400 }, (_none, index) => `load-${index}`);
      const sockets = Array.from({ length: 20 }, () => connect());
      const everything = connect().subscribe(CHANGES, {});
      const byKey = keys.slice(0, 300).flatMap((key, index) =>
        [0, 1, 2].map((copy) => {
          const socket = sockets[(index + copy) % sockets.length];
          return { key, received: socket?.subscribe(CHANGES, { where: { id: { eq: key } } }) };
        }),
      );
      const byName = Array.from({ length: 100 }, (_none, index) => {
        const prefix = `${String.fromCodePoint(65 + (index % 20))}-`;
        const where = { firstname: { startsWith: prefix } };
        return { prefix, received: sockets[index % sockets.length]?.subscribe(CHANGES, { where }) };
      });
      await established(everything, "load-probe", 0);
      // Every subscriber is there once it has seen an event of its own: keys by their name, prefixes by one of each.
      const prefixes = Array.from({ length: 20 }, (_none, index) => String.fromCodePoint(65 + index));
      await vi.waitFor(
        async () => {
          await produce([
            ...keys.slice(0, 300).map((key) => line(key, "probe", "probe")),
            ...prefixes.map((letter) => line(`probe-${letter}`, `${letter}-probe`, "probe")),
          ]);
          for (const { received } of [...byKey, ...byName]) await received?.atLeast(1, 1_000);
        },
        { timeout: 30_000 },
      );
      const rounds = Array.from({ length: 5 }, (_none, round) =>
        keys.map((key, index) =>
          line(key, `${String.fromCodePoint(65 + ((index * 7 + round) % 20))}-${round}`, `round ${round}`),
        ),
      );
      // Events of a key that are projected together are one change: each round waits for the one before.
      const seen = async (isOf: (one: Change) => boolean): Promise<void> =>
        await vi.waitFor(
          () => {
            const ids = new Set(changesOf(everything).flatMap((one) => (isOf(one) ? one.id : [])));
            expect(ids.size).toBeGreaterThanOrEqual(keys.length);
          },
          { timeout: 20_000, interval: 50 },
        );
      for (const [index, round] of rounds.entries()) {
        await produce(round);
        await seen(({ user: now }) => now?.last_name === `round ${index}`);
      }
      await produce(keys.map(tombstone));
      await seen(({ operation }) => operation === "DELETE");
      const reference = changesOf(everything);
      const own = (received: Received | undefined): readonly [string, string, string][] => {
        const all = received === undefined ? [] : changesOf(received);
        const from = reference[0]?.cursor ?? "";
        const known = new Set(reference.map(({ cursor }) => cursor));
        expect(from).not.toBe("");
        return all
          .filter(({ cursor }) => known.has(cursor))
          .map(({ operation, id, cursor }) => [operation, id, cursor]);
      };
      for (const { key, received } of byKey) {
        const expected = reference.filter(({ id }) => id === key);
        const known = new Set(own(received).map(([, , cursor]) => cursor));
        // What came before the subscriber was there is not its own.
        const begun = expected.findIndex(({ cursor }) => known.has(cursor));
        await vi.waitFor(() => {
          expect(own(received)).toEqual(
            expected.slice(begun).map(({ operation, id, cursor }) => [operation, id, cursor]),
          );
        });
        expect(expected.length - begun).toBeGreaterThanOrEqual(2);
      }
      for (const { prefix, received } of byName) {
        const expected = filtered(reference, prefix);
        const known = new Set(own(received).map(([, , cursor]) => cursor));
        const begun = expected.findIndex(([, , cursor]) => known.has(cursor));
        await vi.waitFor(() => {
          expect(own(received)).toEqual(expected.slice(begun));
        });
        expect(expected.length - begun).toBeGreaterThanOrEqual(5);
      }
      const sequences = new Map<string, number>();
      for (const { id, cursor } of reference)
        sequences.set(`${id} ${cursor}`, (sequences.get(`${id} ${cursor}`) ?? 0) + 1);
      expect([...sequences.values()].every((count) => count === 1)).toBe(true);
    }, 90_000);

    test("a gateway is killed mid-stream: resumed by cursor, the union has no gap and nothing twice", async () => {
      const changes = connect().subscribe(CHANGES);
      const events = connect().subscribe(EVENTS);
      await established(changes, "kill-probe", 0);
      await established(events, "kill-probe", 0);
      const [firstChange, firstEvent] = [changesOf(changes).at(-1)?.cursor, eventsOf(events).at(-1)?._meta.cursor];
      const [skippedChanges, skippedEvents] = [changes.items.length, events.items.length];
      const lines = Array.from({ length: 6_000 }, (_none, index) => line(`kill-${index % 150}`, `${index}`, "kill"));
      // A few at a time, so that the gateway ends in the middle of it.
      const producing = (async () => {
        for (let from = 0; from < lines.length; from += 100) await produce(lines.slice(from, from + 100));
      })();
      await Promise.all([changes.atLeast(skippedChanges + 50), events.atLeast(skippedEvents + 200)]);
      await gateway.kill();
      await vi.waitFor(() => expect([changes.isOver, events.isOver]).toEqual([true, true]));
      const [lastChange, lastEvent] = [changesOf(changes).at(-1)?.cursor, eventsOf(events).at(-1)?._meta.cursor];
      await producing;
      await startGateway();
      const moreChanges = connect().subscribe(CHANGES, { after: lastChange });
      const moreEvents = connect().subscribe(EVENTS, { after: lastEvent });
      await produce([line("kill-end", "end", "end")]);
      // The newest state of each key, and every event: partitions come to their end at different times.
      const newest = lines.length - 150;
      await vi.waitFor(
        () => {
          const states = [...changesOf(changes), ...changesOf(moreChanges)];
          const done = states.filter(({ id, user: now }) => id === "kill-end" || Number(now?.firstname) >= newest);
          expect(new Set(done.map(({ id }) => id)).size).toBe(151);
          const told = [...eventsOf(events), ...eventsOf(moreEvents)];
          expect(told.filter(({ last_name: last }) => last === "kill" || last === "end")).toHaveLength(
            lines.length + 1,
          );
        },
        { timeout: 30_000, interval: 50 },
      );
      const seen = [...eventsOf(events).slice(skippedEvents), ...eventsOf(moreEvents)];
      const named = seen.filter(({ last_name: last }) => last === "kill").map(({ first_name: first }) => Number(first));
      expect(named.toSorted((a, b) => a - b)).toEqual(lines.map((_line, index) => index));
      for (const partition of [0, 1, 2, 3]) {
        const offsets = seen
          .filter(({ _meta }) => _meta.partition === partition)
          .map(({ _meta }) => Number(_meta.offset));
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      }
      const union = [...changesOf(changes).slice(skippedChanges), ...changesOf(moreChanges)];
      const again = connect().subscribe(CHANGES, { after: firstChange });
      await again.atLeast(union.length);
      expect(changesOf(again)).toEqual(union);
      const againEvents = connect().subscribe(EVENTS, { after: firstEvent });
      await againEvents.atLeast(seen.length);
      expect(eventsOf(againEvents)).toHaveLength(seen.length);
    }, 90_000);

    test("ending the gateway tells subscribers why, with the cursor to go on from", async () => {
      const changes = connect().subscribe(CHANGES);
      const events = connect().subscribe(EVENTS);
      await established(changes, "end-probe", 0);
      await established(events, "end-probe", 0);
      gateway.signal("SIGTERM");
      expect(await gateway.exit()).toBe(0);
      await vi.waitFor(() => {
        expect([changes.failure, events.failure]).toMatchObject([
          [{ extensions: { code: "SHUTTING_DOWN", details: { cursor: expect.any(String) } } }],
          [{ extensions: { code: "SHUTTING_DOWN", details: { cursor: expect.any(String) } } }],
        ]);
      });
      await startGateway();
    });
  });
}
