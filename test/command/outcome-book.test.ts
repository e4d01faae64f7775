import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { outcomesTopicOf } from "../../src/catalog/topic-kinds.ts";
import { OutcomeBook, type OutcomeBookOptions } from "../../src/command/outcome-book.ts";
import { type OutcomeKeeper, startOutcomeKeeper } from "../../src/command/outcome-keeper.ts";
import { EventQLError } from "../../src/errors.ts";
import type { ConsumerHandler } from "../../src/event-log/event-log.ts";
import type { Outcome } from "../../src/model/command.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { type Stores, TOPIC, createTopics, openStores, outcomeOf } from "./support/values.ts";

const LONG = 20_000;
const undecided = expect.objectContaining({ code: "NOT_YET_DECIDED" });
const of = (commandId: string): { readonly topic: string; readonly commandId: string } => ({ topic: TOPIC, commandId });
let stores: Stores;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  stores = await openStores();
});

afterEach(async () => {
  await closeAll();
  await stores.close();
});

async function closeAll(): Promise<void> {
  for (const one of open.splice(0)) await one.close();
}

function openBook({ log, readModel }: Stores = stores, options: Partial<OutcomeBookOptions> = {}): OutcomeBook {
  const own = {
    log,
    readModel,
    logger: silentLogger,
    group: "book",
    topics: () => [TOPIC],
    maxWaiters: 100,
    lookMs: 10,
  };
  const book = new OutcomeBook({ ...own, ...options });
  open.push(book);
  return book;
}

function keep({ log, readModel }: Stores = stores): OutcomeKeeper {
  const topics = (): readonly string[] => [TOPIC];
  const keeper = startOutcomeKeeper({ log, readModel, logger: silentLogger, group: "keeper", topics });
  open.push({ close: async () => await keeper.stop() });
  return keeper;
}

/** Writes outcomes, and has them stored. */
async function storeThem(...outcomes: readonly Outcome[]): Promise<void> {
  const keeper = keep();
  await stores.write(...outcomes);
  await vi.waitFor(async () => expect(await stores.outcomes()).toHaveLength(outcomes.length), { timeout: LONG });
  await keeper.stop();
}

describe("an outcome is known", () => {
  test("where it was decided long ago, however little time there is", async () => {
    const outcome = outcomeOf("a");
    await storeThem(outcome);
    expect(await openBook().outcome(of("a"), 0)).toEqual(outcome);
  });

  test("where it stands on its topic, and nobody has stored it", async () => {
    const outcome = outcomeOf("a");
    await stores.write(outcome);
    expect(await openBook().outcome(of("a"), LONG)).toEqual(outcome);
  });

  test("where some are stored, and it came after them", async () => {
    await storeThem(...Array.from({ length: 5 }, (_, index) => outcomeOf(`old-${index}`)));
    await stores.write(outcomeOf("a"));
    expect(await openBook().outcome(of("a"), LONG)).toEqual(outcomeOf("a", { decidedAt: expect.any(Number) }));
  });

  test("where it is decided while somebody waits, in another process", async () => {
    const book = openBook();
    const waiting = book.outcome(of("a"), LONG);
    await stores.write(outcomeOf("b"), outcomeOf("a"));
    expect(await waiting).toMatchObject({ commandId: "a" });
  });

  test("at once where this process decides, with no log at all", async () => {
    const book = openBook(stores, { topics: () => [] });
    const waiting = book.outcome(of("a"), LONG);
    const outcome = outcomeOf("a");
    book.heard(outcome);
    expect(await waiting).toEqual(outcome);
    expect(await book.outcome(of("a"), 0)).toEqual(outcome);
  });

  test("to all who wait for it", async () => {
    const book = openBook();
    const waiting = [book.outcome(of("a"), LONG), book.outcome(of("a"), LONG), book.outcome(of("a"), LONG)];
    await stores.write(outcomeOf("a"));
    expect(new Set((await Promise.all(waiting)).map(({ commandId }) => commandId))).toEqual(new Set(["a"]));
  });

  test("where its topic comes later", async () => {
    const late = await openStores({ topics: false });
    const book = openBook(late);
    const waiting = book.outcome(of("a"), LONG);
    await createTopics(late.log);
    await late.write(outcomeOf("a"));
    expect(await waiting).toMatchObject({ commandId: "a" });
    await closeAll();
    await late.close();
  });

  test("where another topic becomes owned, and the consumer is another one", async () => {
    await stores.log.createTopics([{ name: outcomesTopicOf("more"), partitions: 1 }]);
    let topics = [TOPIC];
    const book = openBook(stores, { topics: () => topics });
    await stores.write(outcomeOf("a"));
    await book.outcome(of("a"), LONG);
    topics = [TOPIC, "more"];
    book.topicsChanged();
    await stores.write(outcomeOf("b"), outcomeOf("c", { topic: "more" }));
    expect(await book.outcome({ topic: "more", commandId: "c" }, LONG)).toMatchObject({ topic: "more" });
    expect(await book.outcome(of("b"), LONG)).toMatchObject({ topic: TOPIC });
  });

  test("by the collection where the topics can't be read", async () => {
    const { log } = stores;
    const consume = async (): Promise<never> => {
      throw await Promise.resolve(new EventQLError("EVENT_LOG_UNAVAILABLE", "away"));
    };
    const describeTopics = log.describeTopics.bind(log);
    const waiting = openBook(stores, { log: { consume, describeTopics } }).outcome(of("a"), LONG);
    await storeThem(outcomeOf("a"));
    expect(await waiting).toMatchObject({ commandId: "a" });
  });

  test("by the topics where the collection can't be read", async () => {
    const { readModel } = stores;
    const find = async (): Promise<never> => {
      throw await Promise.resolve(new EventQLError("READ_MODEL_UNAVAILABLE", "away"));
    };
    const checkpoints = readModel.checkpoints.bind(readModel);
    const waiting = openBook(stores, { readModel: { find, checkpoints } }).outcome(of("a"), LONG);
    await stores.write(outcomeOf("a"));
    expect(await waiting).toMatchObject({ commandId: "a" });
  });
});

describe("a wait", () => {
  test("ends where nobody decides, and has its time", async () => {
    const began = performance.now();
    await expect(openBook().outcome(of("a"), 50)).rejects.toEqual(undecided);
    expect(performance.now() - began).toBeGreaterThanOrEqual(49);
  });

  test("is refused where too many wait, and there is room again when one ends", async () => {
    const book = openBook(stores, { maxWaiters: 2 });
    const waiting = [book.outcome(of("a"), LONG), book.outcome(of("b"), LONG)];
    await expect(book.outcome(of("c"), LONG)).rejects.toMatchObject({ code: "LIMIT_EXCEEDED" });
    await stores.write(outcomeOf("a"), outcomeOf("b"));
    await Promise.all(waiting);
    await expect(book.outcome(of("c"), 1)).rejects.toEqual(undecided);
    await expect(book.outcome(of("c"), 1)).rejects.toEqual(undecided);
    await expect(book.outcome(of("c"), 1)).rejects.toEqual(undecided);
  });

  test("ends when the process stops", async () => {
    const book = openBook();
    const waiting = book.outcome(of("a"), LONG);
    await Promise.all([expect(waiting).rejects.toMatchObject({ code: "SHUTTING_DOWN" }), book.close()]);
  });

  test("for a command of this process doesn't ask the collection, once it listens", async () => {
    const { readModel } = stores;
    const find = vi.fn<typeof readModel.find>(async (...args) => await readModel.find(...args));
    const book = openBook(stores, { readModel: { find, checkpoints: readModel.checkpoints.bind(readModel) } });
    await stores.write(outcomeOf("a"));
    await book.outcome(of("a"), LONG);
    find.mockClear();
    book.sending(of("b"));
    const waiting = book.outcome(of("b"), LONG);
    await stores.write(outcomeOf("b"));
    await waiting;
    expect(find).not.toHaveBeenCalled();
  });
});

describe("outcomes by a command's id", () => {
  test("are found, one for each topic: stored ones, and those heard just now", async () => {
    const stored = outcomeOf("a", { topic: "other" });
    await stores.log.createTopics([{ name: outcomesTopicOf("other"), partitions: 1 }]);
    await stores.readModel.ensureCollections([]);
    const book = openBook(stores, { topics: () => [TOPIC, "other"] });
    const heard = outcomeOf("a");
    book.heard(heard);
    await stores.write(stored);
    await book.outcome({ topic: "other", commandId: "a" }, LONG);
    expect(await book.find("a")).toEqual([stored, heard]);
    expect(await book.find("b")).toEqual([]);
  });

  test("are found where they were stored by another process", async () => {
    const outcome = outcomeOf("a");
    await storeThem(outcome);
    expect(await openBook().find("a")).toEqual([outcome]);
  });
});

/** When what happens to one command: its outcome is written, and somebody asks for it. */
const plan = fc.array(fc.record({ written: fc.nat({ max: 20 }), asked: fc.nat({ max: 20 }), isSent: fc.boolean() }), {
  minLength: 1,
  maxLength: 12,
});

test("no outcome is missed, whenever it is written, stored, or asked for", async () => {
  await fc.assert(
    fc.asyncProperty(
      plan,
      fc.option(fc.nat({ max: 20 })),
      fc.nat({ max: 20 }),
      async (commands, keptFrom, restarted) => {
        // Where nobody stores outcomes, only those who listen in time hear of them.
        const own = await openStores();
        const slow = delayedConsume(own);
        const book = openBook(own, { log: slow });
        const asked: Promise<Outcome>[] = [];
        for (let moment = 0; moment <= 20; moment += 1) {
          if (moment === keptFrom) keep(own);
          if (moment === restarted) book.topicsChanged();
          for (const [index, { written, asked: at, isSent }] of commands.entries()) {
            const commandId = `c${index}`;
            if (isSent && moment === Math.min(written, at)) book.sending(of(commandId));
            if (moment === at) asked.push(book.outcome(of(commandId), LONG));
            if (moment === written) await own.write(outcomeOf(commandId));
          }
          await new Promise(setImmediate);
        }
        const outcomes = await Promise.all(asked);
        expect(outcomes.map(({ commandId }) => commandId).toSorted()).toEqual(
          commands.map((_command, index) => `c${index}`).toSorted(),
        );
        await closeAll();
        await own.close();
      },
    ),
    { numRuns: 30 },
  );
}, 120_000);

/** A log whose consumers take a while to be told where they begin, and to read: so that much can happen before. */
function delayedConsume({ log }: Stores): OutcomeBookOptions["log"] {
  const moment = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
  return {
    describeTopics: async (names) => {
      await moment();
      return await log.describeTopics(names);
    },
    consume: async (options, handler) => {
      const slow: ConsumerHandler = {
        assigned: async (at, range) => {
          await moment();
          return await handler.assigned(at, range);
        },
        records: async (batch) => {
          await moment();
          return await handler.records(batch);
        },
        caughtUp: (at, next) => {
          handler.caughtUp(at, next);
        },
        revoked: async (at) => {
          await handler.revoked(at);
        },
      };
      return await log.consume(options, slow);
    },
  };
}
