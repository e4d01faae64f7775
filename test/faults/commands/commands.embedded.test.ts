import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { Decider } from "../../../src/model/decider.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { openEmbeddedRegistry } from "../../../src/schema-registry/embedded/embedded-registry.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { eventqlInProcess } from "../../cli/run-in-process.ts";
import { type CountCommand, expectedOf, writeCounterDomain } from "../../support/counter-domain.ts";
import { EventqlProcess } from "../../support/gateway-process.ts";
import { graphql } from "../../support/graphql-client.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { EmbeddedLoad } from "./embedded-load.ts";
import { CounterLog, counterCatalog } from "./world.ts";

const TOPIC = "counter";
const KILLS = 12;
const PATIENCE = { timeout: 60_000, interval: 20 };

const Rules = z.object({ default: z.object({ aggregates: z.array(z.custom<Decider>()) }) });

describe("a server that decides on the embedded stack, killed under load", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let file = "";
  let config = "";
  let flags: readonly string[] = [];
  let server: EventqlProcess | undefined;

  const start = async (): Promise<string> => {
    server = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags]);
    return await server.ready();
  };

  /** By the command line, in the same data folder, beside whatever runs there. */
  const produce = async (key: string, by: number, commandId: string): ReturnType<typeof eventqlInProcess> => {
    const command = ["--schema", "Count", "--key", key, "--command-id", commandId, `{"by":${by}}`];
    return await eventqlInProcess(["produce", "--topic", TOPIC, ...flags, ...command], { cwd: folder.path });
  };

  /** Waits until the server has decided on everything that was sent before. */
  const untilDecided = async (): Promise<void> => {
    for (let key = 0; key < 16; key += 1) {
      const last = await produce(`last-${key}`, 1, `last-${key}`);
      expect(last).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('"status":"DECIDED"') });
    }
  };

  const untilShown = async (url: string, key: string, total: bigint): Promise<void> => {
    await vi.waitFor(async () => {
      const { data } = await graphql(
        url,
        `
          query ($key: ID!) {
            counter(id: $key) {
              total
            }
          }
        `,
        { key },
      );
      expect(data).toEqual({ counter: { total: String(total) } });
    }, PATIENCE);
  };

  const stored = async (): Promise<{
    readonly sent: readonly CountCommand[];
    readonly events: Awaited<ReturnType<CounterLog["events"]>>;
    readonly totals: ReadonlyMap<string, bigint>;
    readonly deadLetters: number;
  }> => {
    const log = openEmbeddedEventLog({ file, logger: silentLogger });
    const registry = openEmbeddedRegistry({ file });
    const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
    const { default: rules } = Rules.parse(await import(pathToFileURL(config).href));
    const { codec } = await counterCatalog(registry, TOPIC, { deciders: rules.aggregates });
    const counters = new CounterLog(log, codec, TOPIC);
    const [sent, events] = [await counters.commands(), await counters.events()];
    const documents = await readModel.find("counters", { filter: {} });
    const totals = new Map(documents.map(({ _id, total }) => [_id, z.coerce.bigint().parse(total)]));
    const deadLetters = (await readModel.find("eventql_dead_letters", { filter: {} })).length;
    await readModel.close();
    await registry.close();
    await log.close();
    return { sent, events, totals, deadLetters };
  };

  beforeAll(async () => {
    folder = await temporaryFolder();
    const data = join(folder.path, "data");
    file = join(data, "eventql.db");
    const domain = await writeCounterDomain(folder.path, TOPIC);
    ({ config } = domain);
    flags = ["--stack", "embedded", "--data", data, "--schemas", domain.schemas, "--config", config];
  });

  afterAll(async () => {
    await server?.kill();
    await folder.remove();
  });

  test(`killed ${KILLS} times: every command that it took is decided, each once`, { timeout: 240_000 }, async () => {
    const load = new EmbeddedLoad(12, 60);
    for (let kill = 0; kill < KILLS; kill += 1) {
      load.url = await start();
      const beside = kill % 4 === 1 ? produce(`key-${kill}`, 10, `beside-${kill}`) : undefined;
      const before = load.accepted.size;
      await vi.waitFor(() => expect(load.accepted.size).toBeGreaterThanOrEqual(before + 150 + 37 * (kill % 3)), {
        ...PATIENCE,
        interval: 1,
      });
      await server?.kill();
      load.url = undefined;
      await beside;
    }
    const url = await start();
    load.url = url;
    await load.end();
    await untilDecided();
    const expected = await stored().then(({ sent }) => expectedOf(sent));
    for (const [key, events] of expected) await untilShown(url, key, events.at(-1)?.total ?? 0n);
    server?.signal("SIGTERM");
    expect(await server?.exit()).toBe(0);

    const { sent, events, totals, deadLetters } = await stored();
    const ids = new Set(sent.map(({ commandId }) => commandId));
    const taken = [...load.accepted, "beside-1", "beside-5", "beside-9"];
    expect(taken.filter((commandId) => !ids.has(commandId))).toEqual([]);
    expect(events).toEqual(expectedOf(sent));
    expect(totals).toEqual(new Map([...events].map(([key, own]) => [key, own.at(-1)?.total])));
    expect(deadLetters).toBe(0);
  });
});
