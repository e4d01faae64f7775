import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { commandsTopicOf } from "../../../src/catalog/topic-kinds.ts";
import type { CommandRequest } from "../../../src/command/commands.ts";
import type { Processor, ProcessorOptions } from "../../../src/command/processor/processor.ts";
import type { Aggregate } from "../../../src/catalog/types.ts";
import type { Outcome } from "../../../src/model/command.ts";
import { HEADER } from "../../../src/model/event.ts";
import { type Stores, type World, openWorld } from "./processor-world.ts";
import { eventTypeOf } from "./sample.ts";

/** Stores of one test, and what closes them. */
export interface OpenStores extends Stores {
  close(): Promise<void>;
}

/** What a processor does, on any stores. `patienceMs`: how long takeovers may take. */
export function processorSuite(
  open: () => Promise<OpenStores & { readonly prefix: string }>,
  patienceMs: number,
): void {
  let stores: OpenStores;
  let world: World;
  let running: { stop(): Promise<void> }[];

  beforeEach(async () => {
    const opened = await open();
    stores = opened;
    world = await openWorld(opened, opened.prefix);
    running = [];
  });

  afterEach(async () => {
    await Promise.all(running.map((each) => each.stop()));
    await world.close();
    await stores.close();
  });

  const start = (changes: Partial<ProcessorOptions> = {}): Processor => {
    const processor = world.start(changes);
    running.push(processor);
    return processor;
  };

  const project = async (): Promise<void> => {
    running.push(await world.startProjector());
  };

  const outcomeOf = async (aggregate: Aggregate, commandId: string): Promise<Outcome> =>
    await vi.waitFor(
      async () => {
        const outcome = (await world.outcomes(aggregate)).get(commandId);
        if (outcome === undefined) throw new TypeError(`${commandId} is not decided`);
        return outcome;
      },
      { timeout: patienceMs, interval: 20 },
    );

  const decide = async (request: CommandRequest): Promise<Outcome> =>
    await outcomeOf(request.aggregate, await world.send(request));

  test("decides on commands in order, and appends events with their cause", async () => {
    start();
    const ids = [
      await world.send(world.rule("Create", "a", { value: 5 })),
      await world.send(world.rule("Add", "a", { value: 2 })),
      await world.send(world.rule("Twice", "a")),
    ];
    const outcome = await outcomeOf(world.counter, ids[2] ?? "");
    expect(outcome).toMatchObject({ status: "DECIDED", id: "a", type: "Twice", kind: "command" });
    const events = await world.records(world.counter.topic);
    const read = events.map(({ value, headers, offset }) => {
      const decoded = world.codec.decode(world.counter.topic, value ?? new Uint8Array());
      return [headers[HEADER.command], decoded.status === "decoded" ? decoded.payload["value"] : decoded, offset];
    });
    const offsets = read.map(([, , offset]) => offset);
    expect(read.map(([command, value]) => [command, value])).toEqual([
      [ids[0], 5n],
      [ids[1], 7n],
      [ids[2], 8n],
      [ids[2], 9n],
    ]);
    expect(outcome.events.map(({ offset }) => offset)).toEqual(offsets.slice(2));
    expect(outcome.version).toBe(offsets[3]);
    expect(events[0]?.headers).toMatchObject({ ce_type: "Counted", ce_source: "/test", ce_specversion: "1.0" });
  });

  test("refuses what rules refuse, and what is wrong with them, and says nothing of their inside", async () => {
    start();
    expect(await decide(world.rule("Add", "a", { value: 1 }))).toMatchObject({
      status: "REJECTED",
      rejection: { code: "NOT_FOUND", message: "There is no such counter." },
      events: [],
    });
    for (const value of [1, 2, 3]) {
      const { rejection } = await decide(world.rule("Break", "a", { value }));
      expect(rejection?.code).toBe("RULE_FAILED");
      expect(rejection?.message).not.toMatch(/secret|Unheard|number/);
    }
    expect(await decide(world.rule("Nothing", "a"))).toMatchObject({ status: "DECIDED", events: [] });
    expect(await world.records(world.counter.topic)).toEqual([]);
  });

  test("has one winner of each version", async () => {
    start();
    const first = await decide({ ...world.rule("Create", "a"), ifVersion: "NO_STREAM" });
    const version = first.version ?? -1;
    const ids = [];
    for (let at = 0; at < 5; at += 1) {
      ids.push(await world.send({ ...world.rule("Add", "a", { value: 1 }), ifVersion: version }));
    }
    const outcomes = [];
    for (const id of ids) outcomes.push(await outcomeOf(world.counter, id));
    const [won, ...lost] = outcomes;
    expect(won?.status).toBe("DECIDED");
    for (const { rejection } of lost)
      expect(rejection).toMatchObject({ code: "VERSION_CONFLICT", currentVersion: won?.version });
    expect(await decide({ ...world.rule("Add", "b"), ifVersion: "EXISTS" })).toMatchObject({
      rejection: { code: "VERSION_CONFLICT", currentVersion: null },
    });
  });

  test("gives a command that is sent again its first outcome, in the next process too", async () => {
    const processor = start();
    const request = { ...world.rule("Create", "a", { value: 1 }), commandId: "c1" };
    const first = await decide(request);
    await decide(request);
    await decide({ ...world.rule("Add", "a"), commandId: "c2" });
    await processor.stop();
    await project();
    start();
    await world.send({ ...request, payload: { value: 9 } });
    await decide({ ...world.rule("Add", "a"), commandId: "c3" });
    expect((await world.outcomes(world.counter)).get("c1")).toEqual(first);
    expect(await world.records(world.counter.topic)).toHaveLength(3);
  });

  test("goes on where another one was, on what the read model and the log say", async () => {
    const one = start();
    await decide(world.rule("Create", "a", { value: 1 }));
    await one.stop();
    const two = start();
    await decide(world.rule("Add", "a", { value: 2 }));
    await two.stop();
    await project();
    await vi.waitFor(
      async () => {
        const [found] = await world.readModel.find(world.counter.collection, { filter: { _id: "a" } });
        expect(found?.["value"]).toBe(3n);
      },
      { timeout: patienceMs, interval: 20 },
    );
    const three = start();
    const { version } = await decide(world.rule("Add", "a", { value: 4 }));
    const { version: after } = await decide({ ...world.rule("Add", "a"), ifVersion: version });
    expect(after).toBeGreaterThan(version ?? Infinity);
    expect(three.status().reduce((sum, { decided }) => sum + decided, 0)).toBe(2);
    expect(three.caughtUp()).toBe(true);
  });

  test("appends transactions whole, or not at all, and drops what says nothing new", async () => {
    start();
    const eventType = eventTypeOf(world.account);
    const both = [
      { eventType, id: "a", payload: { balance: 1 } },
      { eventType, id: "b", payload: { balance: 2 }, ifVersion: "NO_STREAM" as const },
    ];
    const request = { kind: "transaction" as const, aggregate: world.account, events: both };
    const done = await decide(request);
    expect(done).toMatchObject({ status: "DECIDED", transaction: done.command.offset });
    const refused = await decide(request);
    expect(refused).toMatchObject({ rejection: { code: "VERSION_CONFLICT" }, transaction: refused.command.offset });
    const events = await world.records(world.account.topic);
    expect(events.map(({ headers }) => headers[HEADER.transaction])).toEqual([
      String(done.transaction),
      String(done.transaction),
    ]);
    const same = await decide(world.set("a", 1));
    expect(same.events).toEqual([{ ...done.events[0], dropped: true }]);
    expect(same.version).toBe(done.events[0]?.offset);
    expect(await world.records(world.account.topic)).toHaveLength(2);
  });

  test("undoes a transaction, and decides on what is left of its keys", async () => {
    await project();
    start();
    const eventType = eventTypeOf(world.account);
    const before = await decide(world.set("a", 1));
    const events = ["a", "b", "c"].map((id) => ({ eventType, id, payload: { balance: 100 } }));
    const { transaction = -1 } = await decide({ kind: "transaction", aggregate: world.account, events });
    const invalidation = { kind: "invalidation" as const, aggregate: world.account, reason: "wrong", transaction };
    const undone = await decide(invalidation);
    expect(undone).toMatchObject({ status: "DECIDED", type: "", kind: "invalidation" });
    const kept = undone.events.find(({ partition }) => partition === before.events[0]?.partition);
    expect(await decide({ ...world.set("a", 5), ifVersion: kept?.offset })).toMatchObject({ status: "DECIDED" });
    expect(await decide({ ...world.set("b", 5), ifVersion: "NO_STREAM" })).toMatchObject({ status: "DECIDED" });
    expect(await decide(invalidation)).toMatchObject({ rejection: { code: "TRANSACTION_NOT_FOUND" } });
    for (const wrong of [before.command.offset, 4_711])
      expect(await decide({ ...invalidation, transaction: wrong })).toMatchObject({
        rejection: { code: "TRANSACTION_NOT_FOUND" },
      });
  });

  test("says that it is at the end of its commands once it has them, and not before", async () => {
    await world.send(world.rule("Create", "a"));
    const processor = start();
    await vi.waitUntil(() => processor.caughtUp(), { timeout: patienceMs, interval: 1 });
    expect(processor.status().map(({ owner, caughtUp }) => [owner, caughtUp])).toEqual(
      processor.status().map(() => [true, true]),
    );
    expect(processor.status().reduce((sum, { decided }) => sum + decided, 0)).toBe(1);
  });

  test("refuses what EventQL didn't write", async () => {
    start();
    const topic = commandsTopicOf(world.counter.topic);
    await world.log.append({ topic, key: "a", value: Buffer.from("x"), headers: { ce_id: "c1" } });
    await world.log.append({
      topic,
      key: "a",
      value: Buffer.from("x"),
      headers: { ce_id: "c2", eventql_kind: "command" },
    });
    for (const id of ["c1", "c2"])
      expect(await outcomeOf(world.counter, id)).toMatchObject({ rejection: { code: "EVENT_INVALID" } });
  });

  test("shares the partitions, and takes over those of a process that is gone", async () => {
    const [one, two] = [start(), start()];
    const owners = (processor: Processor): number => processor.status().filter(({ owner }) => owner).length;
    await vi.waitFor(
      () => {
        expect([owners(one), owners(two)]).toEqual([2, 2]);
      },
      { timeout: patienceMs, interval: 20 },
    );
    const ids = [];
    for (let at = 0; at < 40; at += 1) ids.push(await world.send(world.rule("Create", `k${at}`)));
    await two.stop();
    await vi.waitFor(
      () => {
        expect(owners(one)).toBe(4);
      },
      { timeout: patienceMs, interval: 20 },
    );
    for (const id of ids) expect(await outcomeOf(world.counter, id)).toMatchObject({ status: "DECIDED" });
    expect(await world.records(world.counter.topic)).toHaveLength(40);
  });
}
