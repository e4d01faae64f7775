import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CatalogGate, GatedCatalog } from "../../src/catalog/catalog-gate.ts";
import type { EventCodec } from "../../src/catalog/codec.ts";
import type { SchemaStanding } from "../../src/catalog/schema-standing.ts";
import { EventQLError } from "../../src/errors.ts";
import type { LogRecord } from "../../src/model/event.ts";
import { projectorGate } from "../../src/projector/catalog-gate.ts";
import type { DecodedItem } from "../../src/projector/decode-batch.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { eventTypeOf, writerOf } from "../support/event-types.ts";

const type = eventTypeOf("Added", []);

describe("the gate before a partition", () => {
  const stop = { current: new AbortController() };
  const standings = new Map<number, SchemaStanding>();
  const refresh = vi.fn<GatedCatalog["refresh"]>();
  let gate: CatalogGate<DecodedItem>;

  // A record's value is its schema's id; those above 100 have a type that the catalog doesn't know.
  const decode: EventCodec["decode"] = (_topic, [schemaId = 0]) => {
    if (schemaId === 255) return { status: "undecodable", code: "SCHEMA_NOT_FOUND", reason: "no such schema" };
    const unknown = { status: "undecodable", code: "EVENT_TYPE_UNKNOWN", reason: "no such type", schemaId } as const;
    if (schemaId > 100 && standings.get(schemaId) !== "taken") return unknown;
    return { status: "decoded", writer: { ...writerOf(type), schemaId }, payload: {} };
  };
  const batch = (...ids: readonly number[]) => {
    const records = ids.map((id, offset): LogRecord => ({
      topic: "t",
      partition: 0,
      offset,
      timestamp: 0,
      key: Buffer.from("k"),
      value: Buffer.from([id]),
      headers: {},
    }));
    return { topic: "t", partition: 0, records, next: ids.length };
  };
  const kindsOf = async (...ids: readonly number[]): Promise<readonly string[]> =>
    (await gate.pass(batch(...ids))).items.map(({ kind }) => kind);

  beforeEach(() => {
    refresh.mockReset();
    standings.clear();
    standings.set(1, "taken");
    stop.current = new AbortController();
    const codec: EventCodec = {
      prepare: async () => {},
      decode,
      encode: () => new Uint8Array(),
    };
    const standingOf: GatedCatalog["standingOf"] = (_topic, id) => standings.get(id) ?? "foreign";
    const { signal } = stop.current;
    gate = projectorGate({ codec, topic: "t", catalog: { standingOf, refresh }, logger: silentLogger, signal });
  });
  afterEach(() => stop.current.abort());

  test("what the catalog is made of passes, and the registry is not asked", async () => {
    expect(await gate.pass(batch(1, 1))).toMatchObject({ items: [{ kind: "event" }, { kind: "event" }], next: 2 });
    expect(refresh).not.toHaveBeenCalled();
  });

  test("a newer version of a known type is read by the catalog that has it, not by the older one", async () => {
    refresh.mockImplementation(async () => {
      standings.set(2, "taken");
      await Promise.resolve();
    });
    expect(await kindsOf(1, 2)).toEqual(["event", "event"]);
    expect(refresh).toHaveBeenCalledOnce();
  });

  test("a schema of no subject of the topic is settled by one reading while its type is known", async () => {
    for (let round = 0; round < 3; round += 1) expect(await kindsOf(3, 1, 3)).toEqual(["event", "event", "event"]);
    expect(refresh).toHaveBeenCalledOnce();
  });

  test("no event becomes a dead letter for its type before the registry was read after it", async () => {
    expect(await kindsOf(1, 101)).toEqual(["event", "bad"]);
    expect(await kindsOf(101)).toEqual(["bad"]);
    expect(refresh).toHaveBeenCalledTimes(2);
  });

  test("a schema that the registry doesn't have holds nothing up", async () => {
    expect(await kindsOf(255, 1)).toEqual(["bad", "event"]);
    expect(refresh).not.toHaveBeenCalled();
  });

  test.each([2, 101])("a withheld schema, %d, lets those before it pass, waits, and says since when", async (id) => {
    standings.set(id, "withheld");
    expect(await gate.pass(batch(1, 1, id, 1))).toMatchObject({ items: [{}, {}], next: 2 });
    expect(gate.waiting).toBeUndefined();
    const passing = kindsOf(id, 1);
    await vi.waitFor(() => expect(gate.waiting).toMatchObject({ schemaId: id, offset: 0 }));
    const { since } = gate.waiting ?? {};
    await vi.waitFor(() => expect(refresh.mock.calls.length).toBeGreaterThan(2), 3_000);
    expect(gate.waiting?.since).toBe(since);
    standings.set(id, "taken");
    expect(await passing).toEqual(["event", "event"]);
    expect(gate.waiting).toBeUndefined();
  });

  test("a withheld schema that was deleted is waited for no more", async () => {
    standings.set(101, "withheld");
    const passing = kindsOf(101, 1);
    await vi.waitFor(() => expect(gate.waiting).toBeDefined());
    standings.delete(101);
    expect(await passing).toEqual(["bad", "event"]);
  });

  test("a registry that is away is the caller's to ask again", async () => {
    refresh.mockRejectedValueOnce(new EventQLError("REGISTRY_UNAVAILABLE", "away"));
    await expect(gate.pass(batch(101))).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
    expect(await kindsOf(101)).toEqual(["bad"]);
  });
});
