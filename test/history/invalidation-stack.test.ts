import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { INVALIDATION_TYPE, encodeInvalidationEvent } from "../../src/catalog/invalidation-event.ts";
import type { EventType } from "../../src/catalog/types.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import type { EventLog, PlacedRecord } from "../../src/event-log/event-log.ts";
import { partitionOf } from "../../src/event-log/partition.ts";
import { createRefold } from "../../src/history/create-refold.ts";
import { HEADER } from "../../src/model/event.ts";
import { deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { invalidationCollections } from "../../src/projector/invalidations.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { startProjector } from "../../src/projector/projector.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger as logger } from "../../src/telemetry/logger.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const PARTITIONS = 4;
const KEYS = 12_000;

const Moved = {
  type: "record",
  name: "bank.Moved",
  eventql: { owned: true, transactions: true, aggregate: "Account" },
  fields: [{ name: "amount", type: "long", eventql: { effect: "add" } }],
};

interface Stack {
  readonly log: EventLog;
  readonly readModel: ReadModel;
  readonly collection: string;
  /** Appends as the owner of the topic would; the amounts of a transaction are by key. */
  readonly moved: (amounts: Readonly<Record<string, bigint>>, transaction?: number) => Promise<void>;
  readonly invalidate: (transaction: number, keys: readonly string[]) => Promise<void>;
}

async function openStack(): Promise<Stack> {
  const folder = await temporaryFolder();
  const registry = new FakeRegistry();
  await registry.add("accounts-bank.Moved", Moved);
  const catalog = await gatherCatalog(registry);
  const [aggregate] = catalog.aggregates;
  const type = aggregate?.eventTypes[0];
  if (aggregate === undefined || type === undefined) throw new TypeError("no aggregate");
  const codec = createCodec(registry, () => catalog);
  const log = openEmbeddedEventLog({ file: join(folder.path, "log.db"), logger });
  await log.createTopics([
    { name: "accounts", partitions: PARTITIONS },
    { name: "accounts.commands", partitions: 1 },
  ]);
  const readModel = openEmbeddedReadModel({ file: join(folder.path, "model.db"), logger });
  const own = [...deadLetterCollections, ...invalidationCollections];
  await readModel.ensureCollections([{ name: aggregate.collection }, ...own]);
  const projections = topicProjections(catalog, { journals: false });
  const projector = await startProjector(
    {
      log,
      readModel,
      codec,
      logger,
      group: "g",
      projections: () => projections,
      catalog: { standingOf: () => "taken", refresh: async () => {} },
      refold: createRefold({ log, readModel, codec }),
    },
    ["accounts"],
  );
  const owner = await log.takeOver({ name: "test", input: { topic: "accounts.commands", partition: 0 } });
  onTestFinished(async () => {
    await projector.stop();
    await owner.release();
    await log.close();
    await readModel.close();
    await folder.remove();
  });
  let next = 0;
  const commit = async (records: readonly PlacedRecord[]): Promise<void> => {
    next += 1;
    expect(await owner.commit({ records, next })).toBe("committed");
  };
  return {
    log,
    readModel,
    collection: aggregate.collection,
    moved: async (amounts, transaction) =>
      commit(
        Object.entries(amounts).map(([key, amount]) =>
          movedRecord(codec.encode.bind(codec), type, key, amount, transaction),
        ),
      ),
    invalidate: async (transaction, keys) =>
      commit(
        [...Map.groupBy(keys, placeOf)].map(([partition, own]): PlacedRecord => ({
          topic: "accounts",
          partition,
          key: null,
          value: encodeInvalidationEvent(1, { transaction, reason: "wrong", keys: own }),
          headers: { [HEADER.type]: INVALIDATION_TYPE, [HEADER.transaction]: String(transaction) },
        })),
      ),
  };
}

function movedRecord(
  encode: (type: EventType, payload: { readonly amount: bigint }) => Uint8Array,
  type: EventType,
  key: string,
  amount: bigint,
  transaction: number | undefined,
): PlacedRecord {
  const headers = {
    [HEADER.type]: type.fullName,
    ...(transaction === undefined ? {} : { [HEADER.transaction]: String(transaction) }),
  };
  return { topic: "accounts", partition: placeOf(key), key, value: encode(type, { amount }), headers };
}

function placeOf(key: string): number {
  return partitionOf(Buffer.from(key), PARTITIONS);
}

test("what touches several partitions is taken out on each, thousands of keys at once", async () => {
  const { readModel, collection, moved, invalidate } = await openStack();
  const keys = Array.from({ length: KEYS }, (_, index) => `account-${index}`);
  const amounts = (of: readonly string[], amount: bigint) => Object.fromEntries(of.map((key) => [key, amount]));
  const [before, after] = [keys.slice(0, 100), keys.slice(50, 150)];
  await moved(amounts(before, 1n));
  await moved(amounts(keys, 10n), 3);
  await moved(amounts(after, 100n));
  await invalidate(3, keys);
  await expect
    .poll(async () => (await readModel.find(collection, { filter: {} })).length, { timeout: 25_000, interval: 50 })
    .toBe(150);
  const documents = await readModel.find(collection, { filter: {} });
  const expected = keys.slice(0, 150).map((key) => {
    const amount = (before.includes(key) ? 1n : 0n) + (after.includes(key) ? 100n : 0n);
    return [key, amount];
  });
  expect(Object.fromEntries(documents.map(({ _id, amount }) => [_id, amount]))).toEqual(Object.fromEntries(expected));
});
