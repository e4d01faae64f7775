import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { EventLog } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { openLog } from "./stacks/open-log.ts";
import type { E2EStack } from "./stacks/stack.ts";
import { type Topics, writeDomain } from "./stateful/domain.ts";

const PATIENCE = { timeout: 25_000, interval: 50 };

/** Streams with state, written in a config file: the same on every stack. */
export function stateful(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`streams with state on the ${name} stack`, () => {
    const topics: Topics = {
      transfers: uniqueName("transfers"),
      valid: uniqueName("valid"),
      invalid: uniqueName("invalid"),
      alerts: uniqueName("alerts"),
      reports: uniqueName("reports"),
    };
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let log: EventLog;
    let url = "";

    const transfer = async (from: string, to: string, amount: number): Promise<LogRecord["value"]> => {
      const value = await stack.serialize(topics.transfers, "bank.Transferred", { to, amount });
      const headers = {
        ce_id: `${from}-${to}-${amount}`,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
      };
      await log.append({ topic: topics.transfers, key: from, value, headers });
      return value;
    };
    const recordsOf = async (topic: string): Promise<readonly LogRecord[]> => {
      const ranges = (await log.offsets(topic)).map(
        async (_, partition) => await log.readRange({ topic, partition, from: 0 }),
      );
      return (await Promise.all(ranges)).flatMap(({ records }) => records);
    };
    const idsOf = async (topic: string): Promise<readonly string[]> =>
      (await recordsOf(topic)).map(({ headers }) => headers["ce_id"] ?? "").toSorted();
    const keysOf = async (topic: string): Promise<readonly string[]> =>
      (await recordsOf(topic)).map(({ key }) => Buffer.from(key ?? []).toString()).toSorted();

    beforeAll(async () => {
      folder = await temporaryFolder();
      stack = await open(folder.path);
      const config = await writeDomain(folder.path, topics);
      const flags = [...stack.args, "--schemas", join(folder.path, "schemas"), "--config", config];
      const only = ["--topics", [topics.transfers, topics.alerts, topics.reports].join(",")];
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags, ...only], stack.env);
      url = await gateway.ready();
      log = openLog(stack);
    }, 90_000);

    afterAll(async () => {
      await gateway.kill();
      await log.close();
      await stack.close();
      await folder.remove();
    });

    test("states are read like documents, and what follows from them is written once, with why it was", async () => {
      const first = await transfer("ann", "bob", 60);
      await transfer("ann", "cid", 50);
      await transfer("ann", "bob", 40);
      await transfer("dan", "bob", 30);
      await vi.waitFor(async () => {
        expect(await idsOf(topics.valid)).toEqual(["ann-bob-40", "ann-bob-60", "dan-bob-30"]);
        expect(await idsOf(topics.invalid)).toEqual(["ann-cid-50"]);
        // Whether ann's or dan's transfer to bob comes last, and passes the limit, nobody knows: they stood on two partitions.
        const alerts = await keysOf(topics.alerts);
        expect(alerts).toHaveLength(1);
        expect([...alerts, ...(await keysOf(topics.reports))].toSorted()).toEqual([
          "all-ann-bob-40",
          "all-ann-bob-60",
          "all-ann-cid-50",
          "all-dan-bob-30",
        ]);
        expect(
          await graphql(
            url,
            '{ limits(orderBy: [{ id: ASC }]) { id spent } larges { id count } received(id: "bob") { total } }',
          ),
        ).toEqual({
          data: {
            limits: [
              { id: "ann", spent: "100" },
              { id: "dan", spent: "30" },
            ],
            larges: [{ id: "ann", count: 2 }],
            received: { total: "130" },
          },
        });
      }, PATIENCE);
      const passed = (await recordsOf(topics.valid)).find(({ headers }) => headers["ce_id"] === "ann-bob-60");
      expect(Buffer.from(passed?.value ?? [])).toEqual(Buffer.from(first ?? []));
      const [rejected] = await recordsOf(topics.invalid);
      expect(rejected?.headers).toMatchObject({
        eventql_rejected: "LIMIT",
        eventql_rejected_message: "More than 100 are spent.",
      });
      const [alert] = await recordsOf(topics.alerts);
      expect(alert?.headers).toMatchObject({ ce_type: "bank.Credited", ce_source: "/eventql/Received" });
      expect(alert?.headers["traceparent"]).toContain("0af7651916cd43dd8448eb211c80319c");
    });

    test("an event that leads to what can't be written is a dead letter, and its key's events wait", async () => {
      await transfer("eve", "fay", 13);
      await transfer("eve", "fay", 1);
      await vi.waitFor(async () => {
        const letters = await stackLetters();
        const nodes = [{ code: "EVENT_INVALID" }, { code: "KEY_PARKED" }];
        expect(letters).toEqual({ data: { deadLetters: { nodes } } });
      }, PATIENCE);
      const written = [...(await keysOf(topics.alerts)), ...(await keysOf(topics.reports))];
      expect(written).toHaveLength(4);
    });

    async function stackLetters(): Promise<unknown> {
      return await graphql(url, "{ deadLetters(waiting: null) { nodes { code } } }");
    }
  });
}
