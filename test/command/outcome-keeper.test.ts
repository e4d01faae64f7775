import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { outcomesTopicOf } from "../../src/catalog/topic-kinds.ts";
import { type OutcomeKeeper, OUTCOMES_PROJECTION, startOutcomeKeeper } from "../../src/command/outcome-keeper.ts";
import { outcomeId, outcomeOf as readOutcome } from "../../src/command/stored-outcome.ts";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import type { Outcome } from "../../src/model/command.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { type Stores, TOPIC, createTopics, openStores, outcomeOf } from "./support/values.ts";

const OUTCOMES_TOPIC = outcomesTopicOf(TOPIC);
const DAY_MS = 24 * 60 * 60 * 1_000;
let stores: Stores;
const keepers: OutcomeKeeper[] = [];

beforeEach(async () => {
  stores = await openStores();
});

afterEach(async () => {
  await stopAll();
  await stores.close();
});

function keep(
  readModel: Pick<ReadModel, "openCheckpoint" | "commit" | "find"> = stores.readModel,
  log: Pick<EventLog, "describeTopics" | "consume"> = stores.log,
): OutcomeKeeper {
  const keeper = startOutcomeKeeper({
    log,
    readModel,
    logger: silentLogger,
    group: "outcomes",
    topics: () => [TOPIC],
    lookMs: 10,
  });
  keepers.push(keeper);
  return keeper;
}

async function stopAll(): Promise<void> {
  for (const keeper of keepers.splice(0)) await keeper.stop();
}

/** Once everything that is in the log is passed. */
async function passed({ log, readModel }: Pick<Stores, "log" | "readModel">): Promise<void> {
  await vi.waitFor(
    async () => {
      const ranges = await log.offsets(OUTCOMES_TOPIC);
      const checkpoints = await readModel.checkpoints(OUTCOMES_PROJECTION);
      const next = new Map(checkpoints.map((checkpoint) => [checkpoint.partition, checkpoint.next]));
      const ends = ranges.map(({ high }) => high);
      expect(ranges.map(({ high }, partition) => (high === 0 ? 0 : next.get(partition)))).toEqual(ends);
    },
    { timeout: 10_000, interval: 5 },
  );
}

async function stored(of: Stores): Promise<readonly (Outcome | undefined)[]> {
  return (await of.outcomes()).map(readOutcome);
}

describe("the keeper of outcomes", () => {
  test("stores them as they come, with what can be asked for", async () => {
    const refused = { code: "VERSION_CONFLICT", message: "no", currentVersion: null };
    const some = [
      outcomeOf("a"),
      outcomeOf("b", { status: "REJECTED", rejection: refused, events: [], version: undefined }),
      outcomeOf("c", { kind: "transaction", id: undefined, transaction: 12, version: undefined }),
    ];
    keep();
    await stores.write(...some);
    await passed(stores);
    expect(await stored(stores)).toEqual(some);
    const byId = await stores.readModel.find("eventql_outcomes", { filter: { commandId: "b" } });
    expect(byId.map(({ _id }) => _id)).toEqual(["values/b"]);
  });

  test("keeps the first of those that are written again", async () => {
    const first = outcomeOf("a", { version: 1 });
    keep();
    await stores.write(first, outcomeOf("a", { version: 2 }));
    await passed(stores);
    await stores.write(outcomeOf("a", { version: 3 }));
    await passed(stores);
    expect(await stored(stores)).toEqual([first]);
  });

  test("passes over what is no outcome, and what has expired", async () => {
    const old = outcomeOf("old", { decidedAt: Date.now() - 8 * DAY_MS });
    keep();
    await stores.log.append({ topic: OUTCOMES_TOPIC, key: "x", value: Buffer.from("{}"), headers: {} });
    await stores.log.append({ topic: OUTCOMES_TOPIC, key: "y", value: null, headers: {} });
    await stores.write(old, outcomeOf("new"));
    await passed(stores);
    expect((await stores.outcomes()).map(({ _id }) => _id)).toEqual(["values/new"]);
  });

  test("waits for topics that don't exist yet, and looks at once when told to", async () => {
    const late = await openStores({ topics: false });
    let topics: readonly string[] = [];
    const { log, readModel } = late;
    const keeper = startOutcomeKeeper({ log, readModel, logger: silentLogger, group: "late", topics: () => topics });
    await createTopics(log);
    await late.write(outcomeOf("a"));
    topics = [TOPIC];
    keeper.topicsChanged();
    await passed(late);
    expect(await stored(late)).toHaveLength(1);
    await keeper.stop();
    await late.close();
  });

  test("goes no further where its checkpoint is a position in another log", async () => {
    const { log, readModel } = stores;
    const describeTopics: EventLog["describeTopics"] = async (names) =>
      (await log.describeTopics(names)).map((topic) => ({ ...topic, log: "here" }));
    const openCheckpoint = vi.fn<ReadModel["openCheckpoint"]>(async (of) => await readModel.openCheckpoint(of));
    const commit: ReadModel["commit"] = async (what) => await readModel.commit(what);
    const find: ReadModel["find"] = async (...what) => await readModel.find(...what);
    keep({ openCheckpoint, commit, find }, { describeTopics, consume: log.consume.bind(log) });
    await stores.write(outcomeOf("a"));
    await passed(stores);
    const checkpoints = await readModel.checkpoints(OUTCOMES_PROJECTION);
    expect(checkpoints.map((checkpoint) => checkpoint.log)).toContain("here");
    for (const checkpoint of checkpoints)
      await readModel.commit({
        checkpoint: { ...checkpoint, next: 99, log: "there" },
        from: checkpoint.next,
        writes: [],
      });
    const before = openCheckpoint.mock.calls.length;
    await stores.write(outcomeOf("b"));
    await vi.waitFor(() => expect(openCheckpoint.mock.calls.length).toBeGreaterThan(before + 1), { timeout: 10_000 });
    expect(await stored(stores)).toHaveLength(1);
    const after = await readModel.checkpoints(OUTCOMES_PROJECTION);
    expect(new Set(after.map(({ next, log: name }) => `${next} ${name}`))).toEqual(new Set(["99 there"]));
  });

  test("starts again where the topics can't be described, or the group not be joined", async () => {
    const { log } = stores;
    const failure = new EventQLError("EVENT_LOG_UNAVAILABLE", "away");
    const describeTopics = vi.fn<EventLog["describeTopics"]>(async (names) => await log.describeTopics(names));
    const consume = vi.fn<EventLog["consume"]>(async (options, handler) => await log.consume(options, handler));
    describeTopics.mockRejectedValueOnce(failure);
    consume.mockRejectedValueOnce(failure);
    keep(stores.readModel, { describeTopics, consume });
    await stores.write(outcomeOf("a"));
    await passed(stores);
    expect([describeTopics.mock.calls.length > 1, consume.mock.calls.length]).toEqual([true, 2]);
  });
});

/** What befalls a keeper, again and again. */
type Step =
  | { readonly do: "write"; readonly ids: readonly number[] }
  | { readonly do: "start" }
  | { readonly do: "stop" }
  /** How the next commit ends: undone, or done and not told of. */
  | { readonly do: "fail"; readonly how: "before" | "after" | "fenced" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("write"), ids: fc.array(fc.nat({ max: 12 }), { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("start", "stop") }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fail"), how: fc.constantFrom("before", "after", "fenced") }) },
);

test("each outcome is stored once, as it was first written, whatever befalls the keepers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const own = await openStores();
      const failures: ("before" | "after" | "fenced")[] = [];
      const readModel: Parameters<typeof keep>[0] = {
        find: async (collection, options) => await own.readModel.find(collection, options),
        openCheckpoint: async (checkpoint) => await own.readModel.openCheckpoint(checkpoint),
        commit: async (wanted) => {
          const failure = failures.shift();
          if (failure === "before") throw new EventQLError("READ_MODEL_UNAVAILABLE", "away");
          if (failure === "fenced") return { status: "fenced" };
          const result = await own.readModel.commit(wanted);
          if (failure === "after") throw new EventQLError("COMMIT_UNKNOWN", "no answer");
          return result;
        },
      };
      const firsts = new Map<string, Outcome>();
      let version = 0;
      for (const one of steps) {
        if (one.do === "start") keep(readModel, own.log);
        else if (one.do === "stop") await keepers.shift()?.stop();
        else if (one.do === "fail") failures.push(one.how);
        else {
          const outcomes = one.ids.map((id, index) => outcomeOf(`c${id}`, { version: version + index }));
          version += outcomes.length;
          for (const outcome of outcomes) {
            if (!firsts.has(outcomeId(outcome))) firsts.set(outcomeId(outcome), outcome);
          }
          await own.write(...outcomes);
        }
      }
      keep(readModel, own.log);
      await passed(own);
      const expected = [...firsts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, outcome]) => outcome);
      expect(await stored(own)).toEqual(expected);
      await stopAll();
      await own.close();
    }),
    { numRuns: 25 },
  );
}, 60_000);
