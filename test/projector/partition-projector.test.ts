import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DecodeFailure, DecodedEvent, EventCodec } from "../../src/catalog/codec.ts";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import { EventQLError } from "../../src/errors.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetterCollections } from "../../src/projector/dead-letters.ts";
import { PartitionProjector } from "../../src/projector/partition-projector.ts";
import type { PartitionServices } from "../../src/projector/partition-session.ts";
import { AGGREGATES, topicProjections } from "../../src/projector/projection.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const added = eventTypeOf("Added", [{ name: "total", type: { kind: "long" }, effect: "add" }]);
const aggregate: Aggregate = {
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  topic: "t",
  doc: undefined,
  columns: [],
  eventTypes: [added],
};
const writer = writerOf(added);

/** Reads a value as the text of an amount; `?7` is one whose schema, 7, must be prepared first. */
class TextCodec implements EventCodec {
  readonly prepared = new Set<number>();
  prepare = vi.fn<EventCodec["prepare"]>(async (_topic, schemaId) => {
    this.prepared.add(schemaId);
    await Promise.resolve();
  });

  decode(_topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    const text = Buffer.from(value).toString();
    if (text.startsWith("?") && !this.prepared.has(Number(text.slice(1))))
      return { status: "unprepared", schemaId: Number(text.slice(1)) };
    if (text === "bad") return { status: "undecodable", code: "NOT_AVRO", reason: "not Avro" };
    if (text === "strange") return { status: "undecodable", code: "EVENT_TYPE_UNKNOWN", reason: "no such type" };
    return { status: "decoded", writer, payload: { total: Number(text.replace("?", "")) } };
  }

  encode(): Uint8Array {
    throw new TypeError("nothing is encoded here");
  }
}

describe("a partition's projector", () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let readModel: ReadModel;
  let codec: TextCodec;
  let catalog: Catalog;
  let projectors: PartitionProjector[];
  const refreshCatalog = vi.fn<() => Promise<void>>();

  beforeEach(async () => {
    folder = await temporaryFolder();
    readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    await readModel.ensureCollections([{ name: "ts" }, ...deadLetterCollections]);
    codec = new TextCodec();
    catalog = { aggregates: [aggregate], skipped: [], generation: 5 };
    projectors = [];
    refreshCatalog.mockReset();
    refreshCatalog.mockResolvedValue();
  });

  afterEach(async () => {
    for (const projector of projectors) projector.stop();
    await readModel.close();
    await folder.remove();
  });

  const projectorWith = (changes: Partial<PartitionServices> = {}): PartitionProjector => {
    const projections = topicProjections(catalog);
    const projection: PartitionServices["projection"] = () => {
      const found = projections.get("t");
      if (found === undefined) throw new TypeError("no projection");
      return found;
    };
    const services = { readModel, codec, logger: silentLogger, projection, refreshCatalog };
    const bounds = { partitions: 2, cachedDocuments: 1_000, maxParkedKeys: 2 };
    const projector = new PartitionProjector({ topic: "t", partition: 0 }, { ...services, ...bounds, ...changes });
    projectors.push(projector);
    return projector;
  };

  const batchOf = (from: number, events: readonly (readonly [key: string, value: string | null])[]) => {
    const records = events.map(([key, value], index): LogRecord => ({
      topic: "t",
      partition: 0,
      offset: from + index,
      timestamp: 1_000,
      key: Buffer.from(key),
      value: value === null ? null : Buffer.from(value),
      headers: {},
    }));
    return { topic: "t", partition: 0, records, next: from + records.length };
  };

  const totals = async (): Promise<Record<string, unknown>> =>
    Object.fromEntries((await readModel.find("ts", { filter: {} })).map(({ _id, total }) => [_id, total]));

  test("applies batches and moves its checkpoint with them", async () => {
    const projector = projectorWith();
    expect(await projector.open({ low: 0, high: 3 })).toBe(0);
    expect(
      await projector.apply(
        batchOf(0, [
          ["a", "1"],
          ["b", "2"],
          ["a", "3"],
        ]),
      ),
    ).toBe(3);
    expect(await totals()).toEqual({ a: 4, b: 2 });
    expect(await readModel.checkpoints(AGGREGATES)).toMatchObject([
      { topic: "t", partition: 0, next: 3, generation: 5 },
    ]);
  });

  test("goes on where another process stopped, and reads what that one stored", async () => {
    const first = projectorWith();
    await first.open({ low: 0, high: 2 });
    await first.apply(
      batchOf(0, [
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    const second = projectorWith();
    expect(await second.open({ low: 0, high: 3 })).toBe(2);
    expect(await second.apply(batchOf(2, [["a", "10"]]))).toBe(3);
    expect(await totals()).toEqual({ a: 11, b: 2 });
  });

  test("an owner that was replaced changes nothing, and learns where the new one is", async () => {
    const zombie = projectorWith();
    await zombie.open({ low: 0, high: 9 });
    await zombie.apply(batchOf(0, [["a", "1"]]));
    const owner = projectorWith();
    await owner.open({ low: 0, high: 9 });
    await owner.apply(
      batchOf(1, [
        ["a", "2"],
        ["a", null],
      ]),
    );
    expect(
      await zombie.apply(
        batchOf(1, [
          ["a", "2"],
          ["a", null],
        ]),
      ),
    ).toBe(3);
    expect(await totals()).toEqual({});
    expect(await zombie.apply(batchOf(3, [["a", "7"]]))).toBe(4);
    expect(await totals()).toEqual({ a: 7 });
  });

  test("a commit of unknown outcome is settled by the checkpoint: nothing is applied twice", async () => {
    const commit = vi.fn<ReadModel["commit"]>(async (of) => await readModel.commit(of));
    commit.mockImplementationOnce(async (of) => {
      await readModel.commit(of);
      throw new EventQLError("COMMIT_UNKNOWN", "the connection broke");
    });
    const projector = projectorWith({ readModel: withCommit(readModel, commit) });
    await projector.open({ low: 0, high: 1 });
    expect(await projector.apply(batchOf(0, [["a", "1"]]))).toBe(1);
    expect(await totals()).toEqual({ a: 1 });
    expect(commit).toHaveBeenCalledOnce();
  });

  test("a bad event is stored with its bytes and reason, its key waits, others go on", async () => {
    const projector = projectorWith();
    await projector.open({ low: 0, high: 4 });
    await projector.apply(
      batchOf(0, [
        ["a", "bad"],
        ["a", "1"],
        ["b", "2"],
      ]),
    );
    expect(await totals()).toEqual({ b: 2 });
    const letters = await readModel.find(DEAD_LETTERS, { filter: {}, sort: { offset: 1 } });
    expect(letters).toMatchObject([
      {
        _id: "aggregates/t/0/0",
        code: "NOT_AVRO",
        reason: "not Avro",
        waiting: false,
        offset: 0,
        partition: 0,
        topic: "t",
      },
      { _id: "aggregates/t/0/1", code: "KEY_PARKED", waiting: true },
    ]);
    expect(Buffer.from(bytesOf(letters[0]?.["value"])).toString()).toBe("bad");
    const successor = projectorWith();
    await successor.open({ low: 0, high: 4 });
    await successor.apply(batchOf(3, [["a", "5"]]));
    expect(await totals()).toEqual({ b: 2 });
    expect(await readModel.find(PARKED_KEYS, { filter: {} })).toMatchObject([
      { key: "a", offset: 0, code: "NOT_AVRO" },
    ]);
  });

  test("too many parked keys stop the partition, and it says so", async () => {
    const projector = projectorWith();
    await projector.open({ low: 0, high: 3 });
    const outcome = projector.apply(
      batchOf(0, [
        ["a", "bad"],
        ["b", "bad"],
        ["c", "bad"],
      ]),
    );
    await vi.waitFor(() => {
      expect(projector.status().halted?.code).toBe("TOO_MANY_PARKED");
    });
    projector.stop();
    await expect(outcome).rejects.toThrow();
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toEqual([]);
  });

  test("a schema that isn't at hand is fetched, again and again while the registry is away", async () => {
    codec.prepare.mockRejectedValueOnce(new EventQLError("REGISTRY_UNAVAILABLE", "away"));
    const projector = projectorWith();
    await projector.open({ low: 0, high: 1 });
    expect(await projector.apply(batchOf(0, [["a", "?7"]]))).toBe(1);
    expect(codec.prepare).toHaveBeenCalledTimes(2);
    expect(await totals()).toEqual({ a: 7 });
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toEqual([]);
  });

  test("an event's type that is unknown is looked for in the registry before it is a dead letter", async () => {
    const projector = projectorWith();
    await projector.open({ low: 0, high: 1 });
    await projector.apply(batchOf(0, [["a", "strange"]]));
    expect(refreshCatalog).toHaveBeenCalledOnce();
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ code: "EVENT_TYPE_UNKNOWN" }]);
  });

  test("mistakes of others in the registry don't hold a partition up", async () => {
    refreshCatalog.mockRejectedValue(new EventQLError("CATALOG_INVALID", "a hint of another topic is wrong"));
    const projector = projectorWith();
    await projector.open({ low: 0, high: 2 });
    expect(
      await projector.apply(
        batchOf(0, [
          ["a", "strange"],
          ["b", "1"],
        ]),
      ),
    ).toBe(2);
    expect(await totals()).toEqual({ b: 1 });
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ code: "EVENT_TYPE_UNKNOWN" }]);
  });

  test("one with an older catalog than the checkpoint's can't commit until it has read the registry", async () => {
    const newer = projectorWith();
    await newer.open({ low: 0, high: 2 });
    await newer.apply(batchOf(0, [["a", "1"]]));
    catalog = { ...catalog, generation: 4 };
    const older = projectorWith();
    await older.open({ low: 0, high: 2 });
    void older.apply(batchOf(1, [["a", "1"]])).catch(() => {});
    await vi.waitFor(() => {
      expect(refreshCatalog).toHaveBeenCalled();
    });
    expect(await totals()).toEqual({ a: 1 });
  });

  test.each([
    ["events that expired before they were applied", { low: 5, high: 9 }, 2, "HISTORY_GONE"],
    ["a log that ends before the checkpoint", { low: 0, high: 1 }, 2, "HISTORY_GONE"],
    ["a changed number of partitions", { low: 0, high: 9 }, 3, "PARTITION_MISMATCH"],
  ] as const)("%s halt it", async (_title, range, partitions, code) => {
    const before = projectorWith();
    await before.open({ low: 0, high: 2 });
    await before.apply(
      batchOf(0, [
        ["a", "1"],
        ["a", "1"],
      ]),
    );
    const after = projectorWith({ partitions });
    await after.open(range);
    expect(after.status().halted?.code).toBe(code);
  });

  test("a log that began to expire before the first start is projected from where it begins", async () => {
    const projector = projectorWith();
    expect(await projector.open({ low: 100, high: 101 })).toBe(100);
    expect(await projector.apply(batchOf(100, [["a", "1"]]))).toBe(101);
    expect(await totals()).toEqual({ a: 1 });
  });
});

/** The read model with another way to commit. */
function withCommit(readModel: ReadModel, commit: ReadModel["commit"]): ReadModel {
  return new Proxy(readModel, {
    get(target, name) {
      if (name === "commit") return commit;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

function bytesOf(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new TypeError("no bytes were stored");
}
