import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Streams, StreamsOptions } from "../../src/dataflow/streams.ts";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog, OwnerCommit } from "../../src/event-log/event-log.ts";
import { event } from "../../src/model/decider.ts";
import type { SettleOutcome, SettleRequest } from "../../src/model/settlement.ts";
import { stream } from "../../src/model/stream-builder.ts";
import { askSettlements } from "../../src/read-model/settlement/ask-settlements.ts";
import { findRequests } from "../../src/read-model/settlement/requests.ts";
import { type World, bytesOf, openWorld } from "./support/world.ts";

/** What the step refuses, as a test has it. */
const refused = new Set<number>();

const doubled = stream("in").map(({ payload }) => {
  const n = Number(payload["n"]);
  if (refused.has(n)) throw new Error(`not ${n}`);
  return event("Doubled", { n: 2 * n });
});

describe("dead letters of streams", () => {
  let world: World;
  let streams: Streams;
  let requests = 0;

  const add = async (key: string, ...numbers: readonly number[]): Promise<void> => {
    for (const n of numbers) await world.log.append({ topic: "in", key, value: bytesOf("Added", { n }), headers: {} });
  };
  const letters = async (): Promise<
    readonly { readonly id: string; readonly waiting: boolean; readonly partition: number }[]
  > => {
    const stored = await world.readModel.find("eventql_dead_letters", {
      filter: { key: Buffer.from("a") },
      sort: { offset: 1 },
    });
    return stored.map(({ _id: id, waiting, partition }) => ({
      id,
      waiting: waiting === true,
      partition: Number(partition),
    }));
  };
  const settle = async (action: SettleRequest["action"], value?: Uint8Array): Promise<SettleOutcome | undefined> => {
    const [first] = await letters();
    const id = `r${(requests += 1)}`;
    const of = { topic: "in", partition: first?.partition ?? 0 };
    const fix = value === undefined ? {} : { value };
    await askSettlements(world.readModel, [
      { id, projection: "out", ...of, letter: first?.id ?? "", key: "a", action, ...fix },
    ]);
    streams.wake(of);
    return await vi.waitFor(async () => {
      const outcome = (await findRequests(world.readModel, [id])).get(id)?.outcome;
      expect(outcome).toBeDefined();
      return outcome;
    });
  };
  const untilParked = async (count: number): Promise<void> => {
    await vi.waitFor(async () => expect(await letters()).toHaveLength(count));
  };

  beforeEach(async () => {
    world = await openWorld(["in", "out"]);
    refused.clear();
    for (const n of [2, 4]) refused.add(n);
    streams = world.run([doubled.to("out")]);
    await add("a", 1, 2, 3, 4, 5);
    await untilParked(4);
  });
  afterEach(async () => await world.close());

  test("a retry that fails again says why, and one that doesn't goes on to the next dead letter", async () => {
    expect(await settle("retry")).toMatchObject({ status: "FAILED", code: "RULE_FAILED", waiting: 3 });
    refused.delete(2);
    expect(await settle("retry")).toMatchObject({ status: "PARKED", applied: 2, waiting: 1, code: "RULE_FAILED" });
    expect(await world.said("out")).toEqual([2, 4, 6].map((n) => `a:Doubled:{"n":${n}}`));
    expect(await settle("skip")).toMatchObject({ status: "SETTLED", applied: 1, waiting: 0 });
    expect(await letters()).toEqual([]);
    expect(await world.readModel.find("eventql_parked_keys", { filter: {} })).toEqual([]);
    await add("a", 6);
    await vi.waitFor(async () => expect(await world.said("out")).toContain('a:Doubled:{"n":12}'));
    expect(await settle("retry")).toMatchObject({ status: "REFUSED", code: "DEAD_LETTER_NOT_FOUND" });
  });

  test("a fix has other bytes take the event's place, and new events of the key wait until it is settled", async () => {
    await add("a", 6);
    await untilParked(5);
    refused.delete(4);
    expect(await settle("fix", bytesOf("Added", { n: 20 }))).toMatchObject({ status: "SETTLED", applied: 5 });
    expect(await world.said("out")).toEqual([2, 40, 6, 8, 10, 12].map((n) => `a:Doubled:{"n":${n}}`));
  });

  test("one that waits behind another is refused, and what is asked while nobody runs is done later", async () => {
    await streams.stop();
    const [, second] = await letters();
    const of = { topic: "in", partition: second?.partition ?? 0 };
    refused.clear();
    const ask = async (id: string, letter: string): Promise<void> =>
      await askSettlements(world.readModel, [{ id, projection: "out", ...of, letter, key: "a", action: "retry" }]);
    await ask("behind", second?.id ?? "");
    await ask("first", (await letters())[0]?.id ?? "");
    streams = world.run([doubled.to("out")]);
    await vi.waitFor(async () => expect(await letters()).toEqual([]));
    const done = await findRequests(world.readModel, ["behind", "first"]);
    expect(done.get("behind")?.outcome).toMatchObject({ status: "REFUSED", code: "KEY_PARKED" });
    expect(done.get("first")?.outcome).toMatchObject({ status: "SETTLED", applied: 4 });
  });

  test("a partition that too many parked keys have stopped goes on when one is settled", async () => {
    await streams.stop();
    streams = world.run([doubled.to("out")], { maxParkedKeys: 1 });
    const partition = (await letters())[0]?.partition;
    const keys = Array.from({ length: 20 }, (_, index) => `k${index}`);
    for (const key of keys) await add(key, 2, 7);
    const halted = (): readonly number[] =>
      streams
        .status()
        .flatMap(({ partitions }) => partitions.flatMap((of) => (of.halted === undefined ? [] : of.partition)));
    await vi.waitFor(() => expect(halted()).toContain(partition));
    refused.clear();
    expect(await settle("retry")).toMatchObject({ status: "SETTLED" });
    await vi.waitFor(() => expect(halted()).not.toContain(partition));
  });

  /** The world's log, whose owners and consumers are what a test makes of them. */
  const logWith = (own: Partial<StreamsOptions["log"]>): StreamsOptions["log"] => ({
    takeOver: async (of) => await world.log.takeOver(of),
    describeTopics: async (names) => await world.log.describeTopics(names),
    consume: async (options, handler) => await world.log.consume(options, handler),
    append: async (record) => await world.log.append(record),
    offsets: async (topic) => await world.log.offsets(topic),
    ...own,
  });

  test("what Kafka has forgotten of earlier settlements isn't taken for outputs that are yet to be written", async () => {
    refused.delete(2);
    await settle("retry");
    await streams.stop();
    const takeOver: EventLog["takeOver"] = async (of) => {
      const owner = await world.log.takeOver(of);
      const next = of.name.endsWith("-letters") ? undefined : owner.next;
      return {
        next,
        commit: async (commit) => await owner.commit(commit),
        release: async () => await owner.release(),
      };
    };
    streams = world.run([doubled.to("out")], { log: logWith({ takeOver }) });
    refused.clear();
    expect(await settle("retry")).toMatchObject({ status: "SETTLED", applied: 2, waiting: 0 });
    expect(await letters()).toEqual([]);
    expect(await world.said("out")).toEqual([2, 4, 6, 8, 10].map((n) => `a:Doubled:{"n":${n}}`));
  });

  test("what waits is settled when its position is stored, or who takes over would write it again", async () => {
    await streams.stop();
    const takeOver: EventLog["takeOver"] = async (of) => {
      const owner = await world.log.takeOver(of);
      const commit = async (commit: OwnerCommit) => {
        if (of.name.endsWith("-letters")) return await owner.commit(commit);
        throw new EventQLError("EVENT_LOG_UNAVAILABLE", "It was lost.");
      };
      return { next: owner.next, commit, release: async () => await owner.release() };
    };
    const lost = logWith({ takeOver });
    streams = world.run([doubled.to("out")], { log: lost });
    await add("a", 6);
    await untilParked(5);
    await streams.stop();
    refused.clear();
    const [first] = await letters();
    const of = { topic: "in", partition: first?.partition ?? 0 };
    const request = { id: "r", projection: "out", ...of, letter: first?.id ?? "", key: "a", action: "retry" } as const;
    await askSettlements(world.readModel, [request]);
    streams = world.run([doubled.to("out")], { log: lost });
    await vi.waitFor(() => expect(streams.caughtUp() && streams.status()[0]?.partitions.length).toBe(3));
    await streams.stop();
    streams = world.run([doubled.to("out")]);
    await add("a", 7);
    await vi.waitFor(async () => expect(await world.said("out")).toContain('a:Doubled:{"n":14}'));
    expect(await world.said("out")).toEqual([2, 4, 6, 8, 10, 12, 14].map((n) => `a:Doubled:{"n":${n}}`));
  });

  test.each(["before", "after"])("outputs are written once though the process fails %s they are", async (when) => {
    await streams.stop();
    refused.clear();
    let failures = 3;
    const takeOver: EventLog["takeOver"] = async (of) => {
      const owner = await world.log.takeOver(of);
      const commit = async (commit: OwnerCommit) => {
        const fails = of.name.endsWith("-letters") && (failures -= 1) >= 0;
        if (fails && when === "before") throw new EventQLError("EVENT_LOG_UNAVAILABLE", "It was lost.");
        const result = await owner.commit(commit);
        if (fails) throw new EventQLError("EVENT_LOG_UNAVAILABLE", "Nobody knows.");
        return result;
      };
      return { next: owner.next, commit, release: async () => await owner.release() };
    };
    streams = world.run([doubled.to("out")], { log: logWith({ takeOver }) });
    await settle("retry").catch(() => undefined);
    await add("a", 6);
    await vi.waitFor(async () => expect(await world.said("out")).toHaveLength(6), { timeout: 10_000 });
    expect(await world.said("out")).toEqual([2, 4, 6, 8, 10, 12].map((n) => `a:Doubled:{"n":${n}}`));
    await vi.waitFor(async () => expect(await letters()).toEqual([]));
  });
});
