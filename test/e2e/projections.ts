import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { EventqlProcess } from "../support/gateway-process.ts";
import { codesOf, graphql } from "../support/graphql-client.ts";
import { LiveClient } from "../support/live-client.ts";
import { uniqueName } from "../support/real-stack.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { writeShop } from "./projections/domain.ts";
import { type ShopEvent, shopOf } from "./projections/model.ts";
import type { E2EStack } from "./stacks/stack.ts";

const SHOP = `{
  orderSummaries(limit: 1000) { id customer total paid cancelled lines { sku quantity } }
  customerTotals(limit: 1000) { id orders total last }
  demand(limit: 1000) { id quantity orders }
  orderTrails(limit: 1000) { id steps }
}`;

const Documents = z.array(z.object({ id: z.string() }).loose());

const Receipts = z.record(z.string(), z.object({ receipt: z.string() }));

/** The mutation of an event, as a field of an operation. */
function mutationOf(event: ShopEvent): string {
  const text = (value: unknown): string => JSON.stringify(value);
  switch (event.type) {
    case "placed": {
      const lines = event.lines.map(({ sku, quantity }) => `{ sku: ${text(sku)}, quantity: "${quantity}" }`).join(" ");
      const input = `customer: ${text(event.customer)}, total: "${event.total}", lines: [${lines}]`;
      return `orderPlaced(id: ${text(event.order)}, wait: APPENDED, input: { ${input} }) { receipt }`;
    }
    case "cancelled":
      return `orderCancelled(id: ${text(event.order)}, wait: APPENDED, input: { reason: ${text(event.reason)} }) { receipt }`;
    case "paid": {
      const input = `order: ${text(event.order)}, amount: "${event.amount}"`;
      return `paid(id: ${text(event.payment)}, wait: APPENDED, input: { ${input} }) { receipt }`;
    }
    case "deleted":
      return `DELETE(id: ${text(event.order)}, wait: APPENDED) { receipt }`;
  }
}

/** Some rounds of a shop, the same every time: orders of few customers, payments before and after their order. */
function rounds(from: number, count: number): readonly ShopEvent[] {
  return Array.from({ length: count }, (_, index) => from + index).flatMap((round): readonly ShopEvent[] => {
    const order = `o${round % 7}`;
    const lines = Array.from({ length: 1 + (round % 3) }, (_, line) => ({
      sku: `s${(round + line) % 4}`,
      quantity: round + 1,
    }));
    const paid = (at: number): ShopEvent => ({
      type: "paid",
      payment: `p${round}-${at}`,
      order: `o${at % 7}`,
      amount: round + 1,
    });
    return [
      paid(round + 3),
      { type: "placed", order, customer: `c${round % 2}`, total: 5 + round, lines },
      paid(round),
      ...(round % 4 === 3
        ? [{ type: "cancelled", order, reason: round % 8 === 7 ? "forget" : `r${round}` } as const]
        : []),
      ...(round % 6 === 5 ? [{ type: "deleted", order } as const] : []),
    ];
  });
}

/** Projections in code over two topics, through intermediate topics and without, before and behind the end of a process: by `signal`. */
export function projections(
  name: string,
  open: (folder: string) => Promise<E2EStack>,
  signal: NodeJS.Signals = "SIGKILL",
): void {
  describe(`projections in code on the ${name} stack`, () => {
    const topics = { orders: uniqueName("orders"), payments: uniqueName("payments") };
    let folder: Awaited<ReturnType<typeof temporaryFolder>>;
    let stack: E2EStack;
    let gateway: EventqlProcess;
    let flags: readonly string[] = [];
    let url = "";
    const done: ShopEvent[] = [];

    const start = async (): Promise<void> => {
      gateway = new EventqlProcess(["start", "--port", "0", "--create-topics", ...flags], stack.env);
      url = await gateway.ready();
    };

    /** At most so many fields of an operation may have an alias. */
    const AT_ONCE = 30;

    const send = async (events: readonly ShopEvent[]): Promise<readonly string[]> => {
      const tombstone = await deletion();
      const receipts: string[] = [];
      for (let at = 0; at < events.length; at += AT_ONCE) {
        const some = events.slice(at, at + AT_ONCE);
        const fields = some.map((event, index) => `e${index}: ${mutationOf(event).replace(/^DELETE/, tombstone)}`);
        const { data, errors } = await graphql(url, `mutation { ${fields.join("\n")} }`);
        expect(errors).toBeUndefined();
        receipts.push(...Object.values(Receipts.parse(data)).map(({ receipt }) => receipt));
      }
      done.push(...events);
      return receipts;
    };

    /** Called by the aggregate of the topic, whose name is unique. */
    const deletion = async (): Promise<string> => {
      const { data } = await graphql(url, "{ __schema { mutationType { fields { name } } } }");
      const Schema = z.object({
        __schema: z.object({ mutationType: z.object({ fields: z.array(z.object({ name: z.string() })) }) }),
      });
      const names = Schema.parse(data).__schema.mutationType.fields.map((field) => field.name);
      return names.find((field) => field.startsWith("deleteOrder")) ?? "";
    };

    const shop = async (receipts: readonly string[]): Promise<unknown> => {
      const { data, errors } = await vi.waitFor(
        async () => {
          const answer = await graphql(url, SHOP, {}, { "eventql-consistent-with": receipts.join(",") });
          if (codesOf(answer).includes("NOT_YET_PROJECTED")) throw new RangeError("it takes longer");
          return answer;
        },
        { timeout: 30_000 },
      );
      expect(errors).toBeUndefined();
      const all = Object.entries(data ?? {}).map(([field, documents]) => [
        field,
        Object.fromEntries(Documents.parse(documents).map(({ id, ...document }) => [id, document])),
      ]);
      return Object.fromEntries(all);
    };

    beforeAll(async () => {
      folder = await temporaryFolder();
      const { schemas, config } = await writeShop(folder.path, topics);
      stack = await open(folder.path);
      flags = [...stack.args, "--schemas", schemas, "--config", config];
      await start();
    }, 90_000);

    afterAll(async () => {
      gateway.signal("SIGTERM");
      await gateway.exit();
      await stack.close();
      await folder.remove();
    });

    test("make what a model makes, as soon as a receipt asks for it", { timeout: 60_000 }, async () => {
      expect(await shop([])).toEqual(shopOf([]));
      const receipts = await send(rounds(0, 12));
      expect(await shop(receipts)).toEqual(shopOf(done));
    });

    test("go on where they were when their process ended", { timeout: 90_000 }, async () => {
      await send(rounds(12, 6));
      gateway.signal(signal);
      await gateway.exit();
      await start();
      const receipts = await send(rounds(18, 6));
      expect(await shop(receipts)).toEqual(shopOf(done));
    });

    test("are read as aggregates are, and nothing else", { timeout: 30_000 }, async () => {
      const { data, errors } = await graphql(
        url,
        `
          {
            orderSummary(id: "o1") {
              id
              _meta {
                topic
                eventType
              }
            }
            best: customerTotalsConnection(first: 1, orderBy: { total: DESC }) {
              nodes {
                id
              }
              pageInfo {
                hasNextPage
              }
            }
            customerTotalsAggregate {
              count
              sum {
                orders
              }
            }
            customerTotals(where: { id: { eq: "c0" } }) {
              last
            }
          }
        `,
      );
      expect(errors).toBeUndefined();
      expect(data).toMatchObject({
        orderSummary: { id: "o1", _meta: { topic: expect.stringMatching(/^eventql\.order-summary\.[0-9a-f]{6}$/) } },
        best: { nodes: [{ id: expect.any(String) }], pageInfo: { hasNextPage: true } },
        customerTotalsAggregate: [{ count: 2 }],
      });
      const fields = await graphql(
        url,
        "{ __schema { mutationType { fields { name } } subscriptionType { fields { name } } } }",
      );
      const text = JSON.stringify(fields.data);
      expect(text).toContain("orderSummaryChanges");
      expect(text).not.toMatch(/orderSummaryEventStream|deleteOrderSummary/);
      const hidden = await graphql(url, '{ orderSummary(id: "o1") { note } }');
      expect(hidden.errors).toHaveLength(1);
    });

    test("tell what changes, and what it was", { timeout: 30_000 }, async () => {
      const live = new LiveClient(url);
      const changes = live.subscribe(
        'subscription { orderSummaryChanges(where: { id: { eq: "new" } }) { operation orderSummary { paid } previous { paid } } }',
      );
      const pay = async (): Promise<void> =>
        void (await send([{ type: "paid", payment: "n", order: "new", amount: 1 }]));
      await vi.waitFor(
        async () => {
          await pay();
          await changes.atLeast(1, 200);
        },
        { timeout: 10_000 },
      );
      await pay();
      await vi.waitFor(() => expect(JSON.stringify(changes.items)).toMatch(/"previous":\{"paid":"\d+"\}/), {
        timeout: 10_000,
      });
      await live.close();
    });

    test("set what fails aside for themselves alone, and say so", { timeout: 30_000 }, async () => {
      const [receipt = ""] = await send([{ type: "paid", payment: "bad", order: "bad", amount: -1 }]);
      const stale = await graphql(
        url,
        '{ orderSummary(id: "bad") { paid } }',
        {},
        { "eventql-consistent-with": receipt },
      );
      expect(codesOf(stale)).toEqual(["DEAD_LETTERED"]);
      const others = await graphql(url, "{ customerTotals { id } }", {}, { "eventql-consistent-with": receipt });
      expect(others.errors).toBeUndefined();
      const ready = await fetch(`${url}/readyz`);
      expect(ready.ok).toBe(true);
    });
  });
}
