import { z } from "zod";
import type { InvalidationEvent } from "../catalog/invalidation-event.ts";
import type { LogRecord } from "../model/event.ts";
import { AGGREGATES } from "../model/checkpoint.ts";
import { type Position, type TopicPartition, positionId } from "../model/position.ts";
import type { CollectionSpec, FindOptions, ReadModel, StoredDocument } from "../read-model/read-model.ts";

/** The collection of the transactions that were made invalid, one for each record that does so. */
export const INVALIDATIONS = "eventql_invalidations";

/** The collection of this file, with its index. */
export const invalidationCollections: readonly CollectionSpec[] = [
  { name: INVALIDATIONS, indexes: [{ topic: 1, partition: 1, keys: 1, offset: 1 }] },
];

/** A partition, as a projection has it: each build makes a transaction invalid on its own. */
export interface ProjectedPartition extends TopicPartition {
  /** Default: the one of topics that has the plain names. */
  readonly projection?: string;
}

function invalidationId(of: Position, projection: string): string {
  return projection === AGGREGATES ? positionId(of) : `${projection}/${positionId(of)}`;
}

/** How a key that was parked came through an invalidation. */
export interface KeyParking {
  readonly key: string;
  /** The offset since which its events waited before; undefined: they didn't. */
  readonly before: number | undefined;
  /** The one since which they wait behind it; undefined: they don't. */
  readonly after: number | undefined;
  /** Its document could not be made again: it is as it was, and so is what counts for it. */
  readonly failed: boolean;
}

/** What an invalidation has come to. */
export interface Progress {
  /** Keys that are done, from the first one on. */
  readonly done: number;
  readonly parking: readonly KeyParking[];
}

/** What is stored of an invalidation. */
export interface Invalidation extends Progress {
  readonly offset: number;
  readonly transaction: number;
  readonly reason: string;
  /** ms since 1970-01-01 UTC. */
  readonly at: number;
  /** An earlier one made the transaction invalid: this one changed nothing. */
  readonly repeated: boolean;
  /** Whether keys are left to do. */
  readonly pending: boolean;
}

/** The stored form of an invalidation. */
export function storedInvalidation(
  record: LogRecord,
  { transaction, reason, keys }: InvalidationEvent,
  state: Pick<Invalidation, "done" | "parking" | "repeated" | "pending">,
  projection: string = AGGREGATES,
): StoredDocument {
  const { topic, partition, offset, timestamp } = record;
  const parking = state.parking.map(({ key, before = null, after = null, failed }) => ({ key, before, after, failed }));
  const place = { projection, topic, partition, offset };
  const said = { transaction, keys: [...keys], reason, at: new Date(timestamp) };
  return { _id: invalidationId(record, projection), ...place, ...said, ...state, parking };
}

const offset = z
  .number()
  .nullable()
  .transform((value) => value ?? undefined);

const shape = z.object({
  offset: z.number(),
  transaction: z.number(),
  reason: z.string(),
  at: z.date().transform((at) => at.getTime()),
  repeated: z.boolean(),
  pending: z.boolean(),
  done: z.number(),
  parking: z.array(z.object({ key: z.string(), before: offset, after: offset, failed: z.boolean() })),
});

/** Reads one of a position; undefined: there is none. */
export async function readInvalidation(
  readModel: Pick<ReadModel, "find">,
  of: LogRecord,
  projection: string = AGGREGATES,
): Promise<Invalidation | undefined> {
  const filter = { _id: invalidationId(of, projection) };
  const [stored] = await readModel.find(INVALIDATIONS, { filter, limit: 1 });
  return shape.safeParse(stored).data;
}

/** What counts for some keys of a partition: which transactions are invalid, in the order in which they became so. */
export async function readInvalidations(
  readModel: Pick<ReadModel, "find">,
  { topic, partition, projection = AGGREGATES }: ProjectedPartition,
  keys: readonly string[],
  options: Pick<FindOptions, "causal"> = {},
): Promise<readonly Invalidation[]> {
  const filter = { projection, topic, partition, keys: { $in: keys }, repeated: false, pending: false };
  const stored = await readModel.find(INVALIDATIONS, { ...options, filter, sort: { offset: 1 } });
  return stored.flatMap((document) => shape.safeParse(document).data ?? []);
}
