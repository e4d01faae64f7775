import type { LogRecord } from "../../model/event.ts";
import { type Position, type TopicPartition, positionId } from "../../model/position.ts";
import type { CollectionSpec, FindOptions, ReadModel, StoredDocument } from "../read-model.ts";
import { storedHeaders } from "../stored-record.ts";

/** The collection of what was decided about dead letters, by the position of their events. */
export const SETTLEMENTS = "eventql_settlements";

/** The collection of this file, with its index. */
export const settlementCollections: readonly CollectionSpec[] = [
  { name: SETTLEMENTS, indexes: [{ scope: 1, topic: 1, partition: 1, offset: 1 }] },
];

/** What takes the place of an event whenever it is read again: nothing (`skip`), or other bytes. */
export type Settlement = { readonly kind: "skip" } | { readonly kind: "fix"; readonly value: Uint8Array };

/** By the offsets of a partition's events. */
export type Settlements = ReadonlyMap<number, Settlement>;

/** Nothing was settled. */
const NO_SETTLEMENTS: Settlements = new Map();

/**
 * Whom settlements hold for: all builds of a projection, whose names are the projection's own with an ending behind an `@`.
 */
export function settlementScope(projection: string): string {
  const [scope = projection] = projection.split("@", 1);
  return scope;
}

/** The identifier of the settlement of a position. */
export function settlementId(projection: string, position: Position): string {
  return `${settlementScope(projection)}/${positionId(position)}`;
}

/** The stored form of a settlement. `request`: the id of what it was asked by. */
export function storedSettlement(
  projection: string,
  { topic, partition, offset, key, headers }: LogRecord,
  settlement: Settlement,
  { request, at }: { readonly request: string; readonly at: Date },
): StoredDocument {
  const value = settlement.kind === "fix" ? settlement.value : null;
  return {
    _id: settlementId(projection, { topic, partition, offset }),
    scope: settlementScope(projection),
    topic,
    partition,
    offset,
    key,
    headers: storedHeaders(headers),
    kind: settlement.kind,
    value,
    request,
    at,
  };
}

/** Which settlements to read. */
export interface SettlementsOf {
  readonly projection: string;
  readonly of: TopicPartition;
  /** Only those of events from this offset on. Default 0. */
  readonly from?: number;
  /** Only those of this key. */
  readonly key?: string;
}

/** Reads what was settled of a partition's events. */
export async function readSettlements(
  readModel: Pick<ReadModel, "find">,
  { projection, of: { topic, partition }, from = 0, key }: SettlementsOf,
  options: Pick<FindOptions, "causal"> = {},
): Promise<Settlements> {
  const place = { scope: settlementScope(projection), topic, partition, offset: { $gte: from } };
  const filter = key === undefined ? place : { ...place, key: Buffer.from(key) };
  const stored = await readModel.find(SETTLEMENTS, { ...options, filter });
  return stored.length === 0 ? NO_SETTLEMENTS : new Map(stored.flatMap(settlementOf));
}

function settlementOf(stored: StoredDocument): readonly (readonly [number, Settlement])[] {
  const { offset } = stored;
  const settlement = readSettlement(stored);
  return typeof offset === "number" && settlement !== undefined ? [[offset, settlement]] : [];
}

/** Reads what {@link storedSettlement} made; undefined where it is something else. */
export function readSettlement({ kind, value }: StoredDocument): Settlement | undefined {
  if (kind === "skip") return { kind };
  return kind === "fix" && value instanceof Uint8Array ? { kind, value } : undefined;
}

/** Records as they are to be applied: without those that were skipped, and with the bytes that others were given. */
export function settledRecords(settlements: Settlements, records: readonly LogRecord[]): readonly LogRecord[] {
  if (settlements.size === 0) return records;
  return records.flatMap((record) => {
    const settlement = settlements.get(record.offset);
    if (settlement === undefined) return [record];
    return settlement.kind === "skip" ? [] : [{ ...record, value: settlement.value }];
  });
}
