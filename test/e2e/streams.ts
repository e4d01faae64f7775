import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { json } from "node:stream/consumers";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import type { EventLog } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openLog } from "./stacks/open-log.ts";
import type { E2EStack } from "./stacks/stack.ts";
import { type Topics, writeDomain } from "./streams/domain.ts";

const PATIENCE = { timeout: 60_000, interval: 50 };

const ready = z.object({
  streams: z.array(
    z.object({ stream: z.string(), partitions: z.number(), taken: z.number(), deadLetters: z.number() }),
  ),
});

/** Whoever streams ask: what it was asked, by path, and what it refuses. */
class Party {
  readonly asked: { readonly path: string; readonly body: unknown }[] = [];
  refuses: (path: string, body: unknown) => boolean = () => false;
  readonly #server: Server = createServer((request, response) => {
    void this.#answer(request, response);
  });

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await json(request);
    const path = request.url ?? "";
    this.asked.push({ path, body });
    response.statusCode = this.refuses(path, body) ? 503 : 200;
    response.end(JSON.stringify({ score: 7 }));
  }

  async listen(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
  }

  of(path: string): readonly unknown[] {
    return this.asked.filter((each) => each.path === path).flatMap(({ body }) => body);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

/** Streams without state, written in a config file, in processes of their own: the same on every stack. */
export function streams(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`streams without state on the ${name} stack`, () => {
    const of = (what: string): string => uniqueName(what);
    const topics: Topics = {
      orders: of("orders"),
      imported: of("imported"),
      big: of("big"),
      vip: of("vip"),
      regular: of("regular"),
      all: of("all"),
      items: of("items"),
      scored: of("scored"),
      copy: of("copy"),
      many: of("many"),
      fast: of("fast"),
    };
    const party = new Party();
    const running = new Set<EventqlProcess>();
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let log: EventLog;
    let flags: readonly string[] = [];

    const start = async (
      ...args: readonly string[]
    ): Promise<{ readonly process: EventqlProcess; readonly url: string }> => {
      const process = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags, ...args], stack.env);
      running.add(process);
      return { process, url: await process.ready() };
    };
    const recordsOf = async (topic: string): Promise<readonly LogRecord[]> => {
      const parts = (await log.offsets(topic)).map(async ({ low }, partition) => {
        const { records } = await log.readRange({ topic, partition, from: low, limit: 100_000 });
        return records;
      });
      return (await Promise.all(parts)).flat();
    };
    const keysOf = async (topic: string): Promise<readonly string[]> =>
      (await recordsOf(topic)).map(({ key }) => Buffer.from(key ?? []).toString()).toSorted();
    const placed = async (key: string, customer: string, amount: number, items: readonly string[]): Promise<void> => {
      const value = await stack.serialize(topics.orders, "shop.OrderPlaced", { customer, amount, items });
      await log.append({ topic: topics.orders, key, value, headers: { ce_id: `event-${key}` } });
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      const config = await writeDomain(folder.path, topics, await party.listen());
      flags = [...stack.args, "--schemas", join(folder.path, "schemas"), "--config", config];
      flags = [...flags, "--topics", Object.values(topics).join(",")];
    }, 90_000);

    afterAll(async () => {
      await Promise.all([...running].map(async (each) => await each.kill()));
      await log.close();
      await stack.close();
      await folder.remove();
      party.close();
    });

    test("each operator does to events what it says", async () => {
      const { process, url } = await start();
      log = openLog(stack);
      party.refuses = (path, body) =>
        path === "/score" && JSON.stringify(body).includes("event-o2") && party.of(path).length < 3;
      await placed("o1", "vip-ann", 500, ["tea", "milk"]);
      await placed("o2", "bob", 20, ["tea"]);
      const imported = await stack.serialize(topics.imported, "shop.Imported", { cents: 1250 });
      await log.append({ topic: topics.imported, key: "i1", value: imported, headers: {} });
      await log.append({ topic: topics.orders, key: "o1", value: null, headers: {} });

      await vi.waitFor(async () => {
        expect(await keysOf(topics.big)).toEqual(["o1"]);
        expect([await keysOf(topics.vip), await keysOf(topics.regular)]).toEqual([["vip-ann"], ["bob"]]);
        expect(await keysOf(topics.all)).toEqual(["i1", "o1", "o2"]);
        expect(await keysOf(topics.items)).toEqual(["milk", "tea", "tea"]);
        expect(await keysOf(topics.scored)).toEqual(["o1", "o2"]);
        expect(await keysOf(topics.copy)).toEqual(["o1", "o1", "o2"]);
        expect(party.of("/each")).toHaveLength(2);
        expect(party.of("/batch")).toHaveLength(2);
      }, PATIENCE);
      const [vip] = await recordsOf(topics.vip);
      const first = (await recordsOf(topics.orders)).find(({ headers }) => headers["ce_id"] === "event-o1");
      expect([vip?.value, vip?.headers]).toEqual([first?.value, first?.headers]);
      const ids = { id: expect.stringMatching(/^event-o[12]$/), key: expect.any(String) };
      expect(party.of("/each")).toEqual([ids, ids]);

      const plural = async (text: string): Promise<unknown> => (await graphql(url, text)).data;
      const lists = z.object({
        __schema: z.object({ queryType: z.object({ fields: z.array(z.object({ name: z.string() })) }) }),
      });
      const fields = lists.parse(await plural("{ __schema { queryType { fields { name } } } }")).__schema.queryType
        .fields;
      const list = fields.map((field) => field.name).find((field) => /^big\w+s$/i.test(field)) ?? "";
      await vi.waitFor(async () => {
        expect(await plural(`{ ${list} { id total } }`)).toEqual({ [list]: [{ id: "o1", total: 500 }] });
      }, PATIENCE);
      const details = ready.parse(await (await fetch(`${url}/readyz`)).json()).streams;
      expect(details.find(({ stream }) => stream === topics.big)).toMatchObject({
        partitions: 4,
        taken: 3,
        deadLetters: 0,
      });
      const metrics = await (await fetch(`${url}/metrics`)).text();
      expect(metrics).toContain(`eventql_stream_writes_total{eventql_stream_name="${topics.big}"`);
      process.signal("SIGTERM");
      expect(await process.exit()).toBe(0);
    }, 90_000);

    test("run alone by several processes that are killed, each output is written once, or at least once", async () => {
      const names = `${topics.many},${topics.fast}`;
      const isShared = name === "real";
      const first = await start("--only", names);
      if (isShared) await start("--only", names);
      const seen = (await recordsOf(topics.many)).length;
      const value = await stack.serialize(topics.imported, "shop.Imported", { cents: 5 });
      const append = async (from: number): Promise<void> => {
        const keys = Array.from({ length: 600 }, (_, index) => `k${from + index}`);
        await Promise.all(
          keys.map(async (key) => await log.append({ topic: topics.imported, key, value, headers: {} })),
        );
      };
      await append(0);
      await vi.waitFor(async () => expect((await recordsOf(topics.many)).length).toBeGreaterThan(seen), PATIENCE);
      await first.process.kill();
      await append(600);
      await start("--only", names);
      await vi.waitFor(async () => {
        expect((await recordsOf(topics.many)).length).toBe(seen + 2_400);
        expect(new Set(await keysOf(topics.fast)).size).toBe(1_201);
      }, PATIENCE);
      const ids = (await recordsOf(topics.many)).map(({ headers }) => headers["ce_id"]);
      expect(new Set(ids).size).toBe(seen + 2_400);
    }, 90_000);
  });
}
