import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DecodeFailure, DecodedEvent, EventCodec } from "../../src/catalog/codec.ts";
import type { SchemaStanding } from "../../src/catalog/schema-standing.ts";
import type { Aggregate, Catalog } from "../../src/catalog/types.ts";
import { EventQLError } from "../../src/errors.ts";
import type { LogRecord } from "../../src/model/event.ts";
import type { GatedCatalog } from "../../src/catalog/catalog-gate.ts";
import { DEAD_LETTERS, PARKED_KEYS, deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { PartitionProjector } from "../../src/projector/partition-projector.ts";
import type { OwnerServices } from "../../src/projector/owner-services.ts";
import type { PartitionServices } from "../../src/projector/partition-session.ts";
import { AGGREGATES } from "../../src/model/checkpoint.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { noRefold } from "../../src/projector/refold.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { type Metrics, noMetrics } from "../../src/telemetry/metrics.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";
import { recordSpans } from "../support/recorded-spans.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const added = eventTypeOf("Added", [{ name: "total", type: { kind: "long" }, effect: "add" }]);
const aggregate: Aggregate = {
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  projection: "aggregates",
  topic: "t",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
  eventTypes: [added],
};
const writer = writerOf(added);

/** A schema of another event type. */
const STRANGE = 9;

/** Reads a value as the text of an amount; `?7` is one whose schema, 7, must be prepared first. */
class TextCodec implements EventCodec {
  readonly prepared = new Set<number>();
  /** What `strange` says once its type is known. */
  strange: string | undefined;
  prepare = vi.fn<EventCodec["prepare"]>(async (_topic, schemaId) => {
    this.prepared.add(schemaId);
    await Promise.resolve();
  });

  decode(_topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    const text = Buffer.from(value).toString();
    if (text.startsWith("?") && !this.prepared.has(Number(text.slice(1))))
      return { status: "unprepared", schemaId: Number(text.slice(1)) };
    if (text === "bad") return { status: "undecodable", code: "NOT_AVRO", reason: "not Avro" };
    if (text === "strange" && this.strange === undefined)
      return { status: "undecodable", code: "EVENT_TYPE_UNKNOWN", reason: "no such type", schemaId: STRANGE };
    return {
      status: "decoded",
      writer,
      payload: { total: BigInt(text.replace("?", "").replace("strange", this.strange ?? "")) },
    };
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
  let standing: SchemaStanding;
  const refreshCatalog = vi.fn<GatedCatalog["refresh"]>();

  beforeEach(async () => {
    folder = await temporaryFolder();
    readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    await readModel.ensureCollections([{ name: "ts" }, ...deadLetterCollections]);
    codec = new TextCodec();
    catalog = { aggregates: [aggregate], commands: [], skipped: [], generation: 5 };
    projectors = [];
    standing = "foreign";
    refreshCatalog.mockReset();
    refreshCatalog.mockResolvedValue();
  });

  afterEach(async () => {
    for (const projector of projectors) projector.stop();
    await readModel.close();
    await folder.remove();
  });

  const servicesWith = (changes: Partial<OwnerServices> = {}): OwnerServices => {
    const projections = topicProjections(catalog);
    const projection: PartitionServices["projection"] = () => {
      const found = projections.get("t");
      if (found === undefined) throw new TypeError("no projection");
      return found;
    };
    const telemetry = { logger: silentLogger, metrics: noMetrics, tracer: noTracer };
    const standingOf: GatedCatalog["standingOf"] = (_topic, id) => (id === STRANGE ? standing : "taken");
    const live = { standingOf, refresh: refreshCatalog };
    const services = { readModel, codec, ...telemetry, projection, catalog: live };
    const bounds = { partitions: 2, cachedDocuments: 1_000, maxParkedKeys: 2, refold: noRefold };
    return { ...services, ...bounds, ...changes };
  };

  const projectorWith = (changes: Partial<OwnerServices> = {}): PartitionProjector => {
    const projector = new PartitionProjector({ topic: "t", partition: 0 }, servicesWith(changes));
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
    expect(await totals()).toEqual({ a: 4n, b: 2n });
    expect(await readModel.checkpoints(AGGREGATES)).toMatchObject([
      { topic: "t", partition: 0, next: 3, generation: 5 },
    ]);
  });

  test("stands at the log's end once it was there, behind markers that are no records", async () => {
    const projector = projectorWith();
    await projector.open({ low: 0, high: 3 });
    await projector.apply(batchOf(0, [["a", "1"]]));
    expect(projector.status()).toMatchObject({ next: 1, caughtUp: false });
    projector.caughtUp(3);
    expect(projector.status()).toMatchObject({ next: 3, caughtUp: true });
    await projector.apply(batchOf(3, [["a", "1"]]));
    expect(projector.status()).toMatchObject({ next: 4 });
  });

  test("that markers behind the last copy expire with it is no gap: in time the checkpoint passes them", async () => {
    const projector = new PartitionProjector(
      { topic: "eventql.t.abc", partition: 0 },
      servicesWith({ marksAfterMs: 1 }),
    );
    projectors.push(projector);
    await projector.open({ low: 0, high: 2 });
    await projector.apply(batchOf(0, [["a", "1"]]));
    projector.caughtUp(2);
    const standing = async (): Promise<unknown> =>
      (await readModel.checkpoints(AGGREGATES)).find(({ topic }) => topic === "eventql.t.abc")?.next;
    await vi.waitFor(async () => expect(await standing()).toBe(2));
    await projector.apply(batchOf(2, [["a", "1"]]));
    expect(await standing()).toBe(3);
  });

  test("keeps with its checkpoint what finds the place in a mirror of the log", async () => {
    const named = (from: number, ...ids: readonly string[]) => {
      const batch = batchOf(
        from,
        ids.map((id) => [id === "" ? "a" : id, id === "bad" ? "bad" : "1"]),
      );
      const headed = batch.records.map((record, at) => ({
        ...record,
        headers: ids[at] === "" ? {} : { id: ids[at] ?? "" },
      }));
      return { ...batch, records: headed };
    };
    const where = async (): Promise<unknown> => (await readModel.checkpoints(AGGREGATES))[0];
    const projector = projectorWith({ idHeader: "id", log: "here" });
    await projector.open({ low: 0, high: 9 });
    await projector.apply(named(0, "x", "y", ""));
    expect(await where()).toMatchObject({ next: 3, newest: "y", unnamed: 1, log: "here" });
    await projector.apply(named(3, "", ""));
    expect(await where()).toMatchObject({ next: 5, newest: "y", unnamed: 3 });
    const other = projectorWith({ idHeader: "id", log: "here" });
    await other.open({ low: 0, high: 9 });
    await other.apply(named(5, ""));
    expect(await where()).toMatchObject({ next: 6, newest: "y", unnamed: 4 });
    await other.apply(named(6, "z", "bad"));
    expect(await where()).toStrictEqual({
      projection: AGGREGATES,
      topic: "t",
      partition: 0,
      next: 8,
      generation: 5,
      partitions: 2,
      newest: "bad",
      log: "here",
    });
  });

  test("goes no further where its checkpoint is a position in another log, also while it runs", async () => {
    const projector = projectorWith({ log: "here" });
    await projector.open({ low: 0, high: 9 });
    await projector.apply(batchOf(0, [["a", "1"]]));
    const [checkpoint] = await readModel.checkpoints(AGGREGATES);
    if (checkpoint === undefined) throw new TypeError("no checkpoint");
    // Even where it stands at the same offset by chance.
    const moved = { ...checkpoint, generation: 6, log: "there" };
    expect(await readModel.commit({ checkpoint: moved, from: 1, writes: [] })).toEqual({ status: "committed" });
    const waiting = projector.apply(batchOf(1, [["a", "1"]])).catch((error: unknown) => error);
    await vi.waitFor(() => expect(projector.status().halted).toMatchObject({ code: "LOG_CHANGED" }));
    const later = projectorWith({ log: "here" });
    await later.open({ low: 0, high: 9 });
    expect(later.status().halted).toMatchObject({ code: "LOG_CHANGED", message: expect.stringContaining("migrate") });
    expect(await totals()).toEqual({ a: 1n });
    const right = projectorWith({ log: "there" });
    catalog = { ...catalog, generation: 6 };
    expect(await right.open({ low: 0, high: 9 })).toBe(1);
    expect(right.status().halted).toBeUndefined();
    projector.stop();
    expect(await waiting).toMatchObject({ name: "AbortError" });
  });

  test("counts what it committed, and what it set aside by why", async () => {
    const batchProjected = vi.fn<Metrics["batchProjected"]>();
    const deadLettered = vi.fn<Metrics["deadLettered"]>();
    const projector = projectorWith({ metrics: { ...noMetrics, batchProjected, deadLettered } });
    await projector.open({ low: 0, high: 9 });
    await projector.apply(
      batchOf(0, [
        ["a", "bad"],
        ["a", "1"],
        ["a", "2"],
        ["b", "2"],
      ]),
    );
    await projector.apply(batchOf(4, [["b", "2"]]));
    const of = { topic: "t", partition: 0 };
    const seconds = expect.toSatisfy((value) => typeof value === "number" && value > 0 && value < 5);
    expect(batchProjected.mock.calls).toEqual([
      [of, 4, seconds],
      [of, 1, seconds],
    ]);
    expect(deadLettered.mock.calls).toEqual([
      [of, "NOT_AVRO", 1],
      [of, "KEY_PARKED", 2],
    ]);
  });

  test("a batch that somebody else committed is counted by nobody here, and its span says so", async () => {
    const batchProjected = vi.fn<Metrics["batchProjected"]>();
    const tracing = recordSpans();
    const services = { metrics: { ...noMetrics, batchProjected }, tracer: tracing.tracer };
    const zombie = projectorWith(services);
    await zombie.open({ low: 0, high: 9 });
    const owner = projectorWith();
    await owner.open({ low: 0, high: 9 });
    await owner.apply(batchOf(0, [["a", "1"]]));
    expect(await zombie.apply(batchOf(0, [["a", "1"]]))).toBe(1);
    expect(batchProjected).not.toHaveBeenCalled();
    expect(tracing.spans().map(({ name, attributes }) => [name, attributes["eventql.projection.committed"]])).toEqual([
      ["process t", false],
    ]);
    await tracing.shutdown();
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
    expect(await totals()).toEqual({ a: 11n, b: 2n });
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
    expect(await totals()).toEqual({ a: 7n });
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
    expect(await totals()).toEqual({ a: 1n });
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
    expect(await totals()).toEqual({ b: 2n });
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
    expect(await totals()).toEqual({ b: 2n });
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
    expect(await totals()).toEqual({ a: 7n });
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toEqual([]);
  });

  test("an event's type that is unknown is looked for in the registry before it is a dead letter", async () => {
    const projector = projectorWith();
    await projector.open({ low: 0, high: 1 });
    await projector.apply(batchOf(0, [["a", "strange"]]));
    expect(refreshCatalog).toHaveBeenCalledOnce();
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ code: "EVENT_TYPE_UNKNOWN" }]);
  });

  test("a type that no subject of the topic has doesn't hold a partition up", async () => {
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
    expect(await totals()).toEqual({ b: 1n });
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toMatchObject([{ code: "EVENT_TYPE_UNKNOWN" }]);
  });

  test("events of a schema that the catalog is kept from wait, those before it don't, and all go on by themselves", async () => {
    standing = "withheld";
    const projector = projectorWith();
    await projector.open({ low: 0, high: 3 });
    const batch = [
      ["a", "1"],
      ["b", "strange"],
      ["c", "1"],
    ] as const;
    expect(await projector.apply(batchOf(0, batch))).toBe(1);
    const rest = projector.apply(batchOf(1, batch.slice(1)));
    await vi.waitFor(() => {
      expect(projector.status().waitingForCatalog).toMatchObject({ schemaId: STRANGE, offset: 1 });
    });
    expect(await totals()).toEqual({ a: 1n });
    standing = "taken";
    codec.strange = "5";
    expect(await rest).toBe(3);
    expect(projector.status().waitingForCatalog).toBeUndefined();
    expect(await totals()).toEqual({ a: 1n, b: 5n, c: 1n });
    expect(await readModel.find(DEAD_LETTERS, { filter: {} })).toEqual([]);
  });

  test("what a catalog that came meanwhile decodes is not folded by the old one", async () => {
    const projections = topicProjections(catalog);
    let projection = projections.get("t");
    const projector = projectorWith({
      projection: () => {
        if (projection === undefined) throw new TypeError("no projection");
        return projection;
      },
    });
    await projector.open({ low: 0, high: 1 });
    const removed = eventTypeOf("Removed", [], "delete");
    refreshCatalog.mockImplementation(async () => {
      projection = topicProjections({
        ...catalog,
        aggregates: [{ ...aggregate, eventTypes: [added, removed] }],
        generation: 6,
      }).get("t");
      codec.strange = "5";
      standing = "taken";
      await Promise.resolve();
    });
    expect(await projector.apply(batchOf(0, [["b", "strange"]]))).toBe(0);
    expect(await totals()).toEqual({});
    expect(await projector.apply(batchOf(0, [["b", "strange"]]))).toBe(1);
    expect(await totals()).toEqual({ b: 5n });
    expect(await readModel.checkpoints(AGGREGATES)).toMatchObject([{ next: 1, generation: 6 }]);
  });

  test("waiting ends where the projector is stopped", async () => {
    standing = "withheld";
    const projector = projectorWith();
    await projector.open({ low: 0, high: 1 });
    const outcome = projector.apply(batchOf(0, [["a", "strange"]]));
    await vi.waitFor(() => {
      expect(projector.status().waitingForCatalog).toBeDefined();
    });
    projector.stop();
    await expect(outcome).rejects.toThrow();
    expect(await readModel.checkpoints(AGGREGATES)).toMatchObject([{ next: 0 }]);
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
      expect(refreshCatalog).toHaveBeenCalledWith(5);
    });
    expect(await totals()).toEqual({ a: 1n });
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
    expect(await totals()).toEqual({ a: 1n });
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
