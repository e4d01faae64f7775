import { describe, expect, expectTypeOf, test } from "vitest";
import { event } from "../../src/model/decider.ts";
import type { StreamEvent } from "../../src/model/event-context.ts";
import { type EventStream, type MessageOf, merge, stream } from "../../src/model/stream-builder.ts";

type OrderEvent =
  | { readonly type: "OrderPlaced"; readonly payload: { readonly amount: number; readonly note: string | null } }
  | { readonly type: "OrderCancelled"; readonly payload: { readonly reason: string } };
type BigOrderEvent = {
  readonly type: "BigOrder";
  readonly payload: { readonly amount: number; readonly note: string | null };
};

const orders = stream<OrderEvent>("orders");
const eventOf = (type: string, payload: StreamEvent["payload"]): StreamEvent => ({
  type,
  payload,
  id: "e1",
  topic: "orders",
  partition: 0,
  offset: 0,
  key: "k",
  time: new Date(0),
  headers: {},
});

describe("streams as they are written", () => {
  test("events go through the steps in their order, and a step leaves the stream before it as it is", () => {
    const big = orders
      .filter((order) => order.type === "OrderPlaced")
      .filter(({ payload }) => payload.amount > 100)
      .map(({ payload }) => event("BigOrder", { amount: payload.amount }))
      .to<BigOrderEvent>("big-orders");
    expect(big).toMatchObject({
      kind: "stream",
      name: "big-orders",
      from: ["orders"],
      steps: [{ kind: "filter" }, { kind: "filter" }, { kind: "map" }],
      sink: { kind: "topics", branches: [{ topic: "big-orders" }] },
      guarantee: "exactly-once",
      tombstones: "drop",
    });
    expect(orders.parts.steps).toEqual([]);
    const [, amount] = big.steps;
    expect(amount?.kind === "filter" && amount.test(eventOf("OrderPlaced", { amount: 101 }))).toBe(true);
  });

  test("a step or an end without a function is refused, and a function without a name", () => {
    // @ts-expect-error: a test is a function
    expect(() => orders.filter("x")).toThrow("streams: a step filter has no function: write (event) => ….");
    // @ts-expect-error: so is an end
    expect(() => orders.forEach("x", { name: "n" })).toThrow("forEach of stream n has no function");
    // @ts-expect-error: a function needs a name
    expect(() => orders.forEach(() => {}, {})).toThrow("streams: forEach has no name: give it one");
  });

  test("tombstones pass where every step keeps events and their keys", () => {
    expect(orders.filter(() => true).to("t").tombstones).toBe("pass");
    expect(orders.rekey(() => "k").to("t").tombstones).toBe("drop");
    expect(orders.to("t", { tombstones: "drop" }).tombstones).toBe("drop");
    expect(orders.mirror("copy", { name: "backup" })).toMatchObject({ name: "backup", steps: [], tombstones: "pass" });
  });

  test("a stream that branches is called by all its topics, and one that ends in a function as it says", () => {
    const isBig = (order: StreamEvent): boolean => Number(order.payload["amount"]) > 100;
    const branched = stream("orders").branch({ "big-orders": isBig, "small-orders": () => true });
    expect(branched).toMatchObject({
      name: "big-orders+small-orders",
      sink: { branches: [{ topic: "big-orders" }, { topic: "small-orders" }] },
    });
    expect(orders.forEach(() => {}, { name: "mail", retries: 3, minDelayMs: 60_000 })).toMatchObject({
      name: "mail",
      guarantee: "at-least-once",
      sink: { kind: "each", retry: { retries: 3, minDelayMs: 60_000, maxDelayMs: 60_000, jitter: true } },
    });
    expect(orders.forEachBatch(() => {}, { name: "index", maxEvents: 10 }).sink).toMatchObject({
      kind: "batch",
      maxEvents: 10,
    });
  });

  test("merged streams keep their own steps to their own topics", () => {
    const merged = merge(
      orders.filter((order) => order.type === "OrderPlaced"),
      stream<BigOrderEvent>("imported", "bought").map(({ payload }) => event("OrderPlaced", payload)),
    );
    expectTypeOf(merged).toExtend<EventStream<{ readonly type: "OrderPlaced"; readonly payload: object }>>();
    expect(merged.filter(() => true).to("all")).toMatchObject({
      from: ["orders", "imported", "bought"],
      steps: [
        { kind: "filter", topics: ["orders"] },
        { kind: "map", topics: ["imported", "bought"] },
        expect.not.objectContaining({ topics: expect.anything() }),
      ],
    });
    expect(stream("a", "b", "a").to("c").from).toEqual(["a", "b"]);
  });

  test("what can't be meant is said", () => {
    expect(() =>
      merge(
        orders,
        orders.filter(() => false),
      ),
    ).toThrow("topic orders is merged with itself");
    expect(() => orders.rekey(() => "k").mirror("t")).toThrow("topic t can't mirror what steps have changed");
    expect(() => orders.to("")).toThrow("ends in no topic");
    expect(() => orders.branch({})).toThrow("ends in no topic");
    expect(() => stream("").to("t")).toThrow("stream t begins in no topic");
    expect(() => orders.to("t", { name: "a b" })).toThrow('the name "a b" has other characters');
    expect(() => orders.to("t", { concurrency: 0 })).toThrow("concurrency of stream t is 0");
    expect(() => orders.forEachBatch(() => {}, { name: "x", maxEvents: 0 })).toThrow("maxEvents of stream x is 0");
    expect(() => orders.forEach(() => {}, { name: "x", retries: -1 })).toThrow("retries is -1");
    expect(() => orders.call(async () => {}, { minDelayMs: 5, maxDelayMs: 1 })).toThrow("minDelayMs is 5");
  });
});

describe("the types of streams", () => {
  test("a test that tells types narrows them", () => {
    const placed = orders.filter((order) => order.type === "OrderPlaced");
    expectTypeOf(placed).toEqualTypeOf<EventStream<MessageOf<Extract<OrderEvent, { type: "OrderPlaced" }>>>>();
    // @ts-expect-error: cancelled orders have no amount
    orders.filter(({ payload }) => payload.amount > 1);
  });

  test("what is written must fit the topic", () => {
    // @ts-expect-error: the topic has no such events
    orders.to<BigOrderEvent>("big-orders");
    // @ts-expect-error: the amount is a number
    orders.map(() => event("BigOrder", { amount: "1" })).to<BigOrderEvent>("big-orders");
    // @ts-expect-error: the amount is missing
    orders.map(() => event("BigOrder", {})).to<BigOrderEvent>("big-orders");
    expect(orders.map(() => event("BigOrder", { amount: 1, note: null })).to<BigOrderEvent>("b").name).toBe("b");
    expect(orders.flatMap(() => [event("BigOrder", { amount: 1 })]).to<BigOrderEvent>("c").name).toBe("c");
  });

  test("an outside party's answer is the event, or new ones", () => {
    expectTypeOf(orders.call(async () => {})).toEqualTypeOf<EventStream<OrderEvent>>();
    const answered = orders.call(async () => await Promise.resolve(event("Scored", { score: 1 })));
    answered.filter(({ payload }) => payload.score > 0);
    // @ts-expect-error: there are only answers now
    answered.filter(({ payload }) => payload.reason === "");
    const some = orders.call(
      async ({ type }) => await Promise.resolve(type === "OrderPlaced" ? event("Scored", {}) : undefined),
    );
    expectTypeOf(some).toExtend<EventStream<OrderEvent | { readonly type: "Scored"; readonly payload: object }>>();
  });

  test("without types events are values by their names", () => {
    const named = stream("orders").filter(({ payload }) => payload["amount"] === 1n);
    expect(named.to("t").name).toBe("t");
  });
});
