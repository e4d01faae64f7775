import { join } from "node:path";
import avsc from "avsc";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { ADDED, LOAD, additions, deletedKeys, expectedTotals, writeSchemas } from "./exactly-once.ts";

const TOPIC = "counter";
const CHUNK = 500;

describe("a server on the embedded stack, killed under load", () => {
  const started: EventqlProcess[] = [];
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let data = "";
  let schemas = "";
  let log: EventLog;

  const start = async (): Promise<{ readonly server: EventqlProcess; readonly url: string }> => {
    const flags = ["--stack", "embedded", "--data", data, "--port", "0", "--schemas", schemas];
    const server = new EventqlProcess(["start", "--create-topics", ...flags]);
    started.push(server);
    return { server, url: await server.ready() };
  };

  /** Appends from this process, as the command line does, while the server projects. */
  const append = async (from: number, to: number): Promise<void> => {
    const registry = openEmbeddedRegistry({ file: join(data, "eventql.db") });
    const id = (await registry.versions(`${TOPIC}-test.Added`)).at(-1)?.id ?? 0;
    await registry.close();
    const type = avsc.Type.forSchema(JSON.parse(ADDED));
    const header = Buffer.alloc(5);
    header.writeInt32BE(id, 1);
    for (let index = from; index < to; index += CHUNK) {
      const chunk = additions().slice(index, Math.min(index + CHUNK, to));
      await Promise.all(
        chunk.map(async ({ key, amount }) => {
          const value = Buffer.concat([header, type.toBuffer({ total: amount })]);
          return await log.append({ topic: TOPIC, key, value, headers: {} });
        }),
      );
    }
  };

  /** Waits until the newest of so many events shows: it is its key's turn once in every `LOAD.keys`. */
  const untilSome = async (url: string): Promise<void> => {
    await vi.waitFor(async () => {
      const { data: answer } = await graphql(url, "{ counters(limit: 1) { id total } }");
      expect(answer).toMatchObject({ counters: [{ id: expect.any(String) }] });
    });
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    data = join(folder.path, "data");
    schemas = await writeSchemas(folder.path, TOPIC);
  });

  afterAll(async () => {
    await Promise.all(started.map(async (server) => await server.kill()));
    await log.close();
    await folder.remove();
  });

  test(
    "every one of 50,000 additions counts exactly once, and deletes stay deleted",
    { timeout: 120_000 },
    async () => {
      const first = await start();
      log = openEmbeddedEventLog({ file: join(data, "eventql.db"), logger: silentLogger });
      const fifth = LOAD.events / 5;
      const appendingFirst = append(0, fifth * 2);
      await untilSome(first.url);
      await first.server.kill();
      await appendingFirst;

      const second = await start();
      const appendingSecond = append(fifth * 2, fifth * 4);
      await untilSome(second.url);
      await second.server.kill();
      await appendingSecond;

      const last = await start();
      await append(fifth * 4, LOAD.events);
      const receipts = await Promise.all(
        deletedKeys().map(async (key) => await log.append({ topic: TOPIC, key, value: null, headers: {} })),
      );
      expect(receipts).toHaveLength(LOAD.deleted);
      await vi.waitFor(
        async () => {
          const { data: answer } = await graphql(
            last.url,
            `
              {
                counters(where: { id: { in: ["key-0", "key-499"] } }) {
                  id
                  total
                }
              }
            `,
          );
          expect(answer).toEqual({ counters: [{ id: "key-499", total: String(expectedTotals().get("key-499")) }] });
        },
        { timeout: 60_000 },
      );
      last.server.signal("SIGTERM");
      expect(await last.server.exit()).toBe(0);
      const readModel = openEmbeddedReadModel({ file: join(data, "eventql.db"), logger: silentLogger });
      const totals = await readModel.find("counters", { filter: {} });
      expect(new Map(totals.map(({ _id, total }) => [_id, Number(total)]))).toEqual(expectedTotals());
      expect(await readModel.find("eventql_dead_letters", { filter: {} })).toEqual([]);
      await readModel.close();
    },
  );
});
