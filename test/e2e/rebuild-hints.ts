import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import avsc from "avsc";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { LiveClient } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import type { HotReloadStack } from "./hot-reload.ts";

/** Whether several gateways may share the stack. */
export interface RebuildStack {
  readonly shared: boolean;
}

const PATIENCE = { timeout: 25_000, interval: 40 };
const KEYS = ["a", "b", "c", "d", "e"];
/** What a sale does to the total: at first the last one counts. */
const sold = (total: object) => ({
  type: "record",
  name: "Sold",
  namespace: "hot",
  eventql: { aggregate: "Till" },
  fields: [
    { name: "seq", type: "long" },
    { name: "total", type: "long", ...total },
  ],
});
const AVRO = avsc.Type.forSchema({
  type: "record",
  name: "Sold",
  fields: [
    { name: "seq", type: "long" },
    { name: "total", type: "long" },
  ],
});
const rows = z.object({
  data: z.object({ tills: z.array(z.object({ id: z.string(), seq: z.string(), total: z.string() })) }),
});
const QUERY = "{ tills { id seq total } }";

/** Asks again and again, and notes each answer that goes back, or is none. */
class Reader {
  readonly wrong: unknown[] = [];
  reads = 0;
  readonly #url: string;
  readonly #stop = new AbortController();
  readonly #seen = new Map<string, bigint>();
  readonly #running: Promise<void>;

  constructor(url: string) {
    this.#url = url;
    this.#running = this.#run();
  }

  async stop(): Promise<readonly unknown[]> {
    this.#stop.abort();
    await this.#running;
    return this.wrong;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const answer = rows.safeParse(await graphql(this.#url, QUERY).catch((error: unknown) => error));
      this.reads += 1;
      if (!answer.success) this.wrong.push(answer.error.message);
      const tills = answer.data?.data.tills ?? [];
      for (const { id, seq } of tills) {
        if (BigInt(seq) < (this.#seen.get(id) ?? 0n)) this.wrong.push({ id, seq, before: this.#seen.get(id) });
        this.#seen.set(id, BigInt(seq));
      }
      if (tills.length < this.#seen.size) this.wrong.push({ tills, keys: this.#seen.size });
      await delay(4);
    }
  }
}

/** Definitions that change while people read: the same story on every stack. */
export function rebuildHints(
  name: string,
  open: (folder: string) => Promise<HotReloadStack>,
  { shared }: RebuildStack,
): void {
  describe(`changed definitions on the ${name} stack`, () => {
    const topic = uniqueName("till");
    const processes: EventqlProcess[] = [];
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: HotReloadStack;
    let url = "";
    let schemaId = 0;
    let seq = 0;

    const start = (config?: string): EventqlProcess => {
      const flags = ["--port", "0", "--create-topics", "--topics", topic, ...(config ? ["--config", config] : [])];
      const env = { ...stack.env, SCHEMA_REGISTRY_POLL_MS: "200" };
      const gateway = new EventqlProcess(["start", ...flags, ...stack.args], env);
      processes.push(gateway);
      return gateway;
    };
    const register = async (total: object): Promise<void> => {
      ({ id: schemaId } = await stack.registry.register(`${topic}-hot.Sold`, JSON.stringify(sold(total))));
    };
    const sell = async (count: number): Promise<void> => {
      for (let i = 0; i < count; i += 1) {
        const header = Buffer.alloc(5);
        header.writeInt32BE(schemaId, 1);
        const event = { seq, total: 2 };
        await stack.produce(topic, KEYS[seq % KEYS.length] ?? "", Buffer.concat([header, AVRO.toBuffer(event)]));
        seq += 1;
      }
    };
    const totals = async (of: string, total: (sales: number) => number): Promise<void> => {
      await vi.waitFor(async () => {
        const { data } = rows.parse(await graphql(of, QUERY));
        const sales = KEYS.map((id, index) => [id, String(total(Math.ceil((seq - index) / KEYS.length)))]);
        expect(new Map(data.tills.map((till) => [till.id, till.total]))).toEqual(
          new Map(sales.map(([id = "", text = ""]) => [id, text])),
        );
      }, PATIENCE);
    };
    const ask = async (of: string, query: string): Promise<unknown> => {
      const { data, errors } = await graphql(of, query);
      expect(errors).toBeUndefined();
      return data;
    };
    /** The build that was before goes on beside: it may have to catch up first. */
    const restore = async (): Promise<void> => {
      const query = `mutation { restoreProjection(name: "${topic}") { name } }`;
      await vi.waitFor(async () => await ask(url, query), PATIENCE);
    };
    const last = (): number => 2;
    const sum = (sales: number): number => 2 * sales;

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      await register({});
      url = await start().ready();
      await sell(20);
      await totals(url, last);
    });

    afterAll(async () => {
      for (const each of processes) await each.kill();
      await stack.close();
      await folder.remove();
    });

    test("a hint that changes in the registry is built beside, and takes its place while all is read; it can be put back", async () => {
      const reader = new Reader(url);
      const client = new LiveClient(url);
      const changes = client.subscribe(
        "subscription { tillChanges(snapshot: true) { operation id till { seq total } } }",
      );
      await changes.atLeast(KEYS.length);
      await register({ eventql: { effect: "add" } });
      const enough = new AbortController();
      const load = async (): Promise<void> => {
        while (!enough.signal.aborted) {
          await sell(1);
          await delay(2);
        }
      };
      const loading = load();
      try {
        await vi.waitFor(() => expect(JSON.stringify(changes.items)).toContain('"RESET"'), PATIENCE);
      } finally {
        enough.abort();
        await loading;
      }
      await totals(url, sum);
      await restore();
      await totals(url, last);
      await sell(5);
      await totals(url, last);
      await restore();
      await totals(url, sum);
      expect(changes.isOver).toBe(false);
      await client.close();
      expect(await reader.stop()).toEqual([]);
      expect(reader.reads).toBeGreaterThan(5);
      expect(await stack.collection("eventql_dead_letters")).toEqual([]);
    });

    test("a definition that changes at a restart is built beside, through a crash, and others read on", async () => {
      const config = join(folder.path, "eventql.config.ts");
      const hints = { "hot.Sold": { fields: { total: { effect: "min" } } } };
      await writeFile(config, `export default ${JSON.stringify({ hints })};`);
      const [old] = processes;
      const reader = shared ? new Reader(url) : undefined;
      if (!shared) await old?.kill();
      const crashed = start(config);
      await vi.waitFor(() => expect(crashed.output).toContain("built anew"), PATIENCE);
      await crashed.kill();
      await sell(5);
      const restarted = await start(config).ready();
      await totals(restarted, last);
      if (shared) await totals(url, last);
      expect(await reader?.stop()).toEqual(reader && []);
      await old?.kill();
      await sell(5);
      await totals(restarted, last);
      const state = `{ projections(name: "${topic}") { isFollowed builds { state } } }`;
      const builds = [{ state: "LIVE" }, { state: "PREVIOUS" }];
      expect(await ask(restarted, state)).toEqual({ projections: [{ isFollowed: true, builds }] });
    });
  });
}
