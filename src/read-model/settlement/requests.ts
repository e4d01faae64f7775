import { z } from "zod";
import { type TopicPartition, partitionId } from "../../model/position.ts";
import type { SettleOutcome, SettleRequest } from "../../model/settlement.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { CollectionSpec, CollectionWrites, ReadModel, StoredDocument } from "../read-model.ts";

/** The collection of what is asked of the owners of partitions, by whichever process. */
export const REQUESTS = "eventql_requests";

/** How long, in ms, what was asked and what became of it is kept; what nobody carried out by then is dropped. */
const KEPT_MS = 7 * 86_400_000;

/** The collection of this file, with its index. */
export const requestCollections: readonly CollectionSpec[] = [
  {
    name: REQUESTS,
    shared: true,
    indexes: [{ projection: 1, topic: 1, partition: 1, state: 1, sequence: 1 }],
    expire: { field: "at", afterMs: KEPT_MS },
  },
];

/** A request that isn't carried out, or not to its end. */
export interface PendingRequest extends SettleRequest {
  /** Grows with each request of the partition. */
  readonly sequence: number;
  /** Transactions that parts of it were done in. */
  readonly steps: number;
  /** Events that those applied. */
  readonly applied: number;
}

/** The checkpoint of a partition's requests, whose position is how many there were: who watches it is told of new ones. */
export function requestsCheckpoint({ topic, partition }: TopicPartition, next: number): Checkpoint {
  return { projection: REQUESTS, topic, partition, next, generation: 0, partitions: 0 };
}

/** Whether a checkpoint that moved is one of requests. */
export function isRequestsCheckpoint({ projection }: Checkpoint): boolean {
  return projection === REQUESTS;
}

/** The stored form of a request that nobody has carried out yet. */
export function storedRequest(request: SettleRequest, sequence: number, at: Date): StoredDocument {
  return storedState({ ...request, sequence, steps: 0, applied: 0 }, "asked", at);
}

function storedState(
  { id, projection, topic, partition, letter, key, action, value, sequence, steps, applied }: PendingRequest,
  state: "asked" | "done",
  at: Date,
): StoredDocument {
  const asked = { projection, topic, partition, letter, key: key ?? null, action, value: value ?? null };
  return { _id: id, ...asked, sequence, steps, applied, state, at };
}

/**
 * What is written with a part of what was asked, in its transaction. It conflicts where somebody else did that part, so that
 * none is done twice. `outcome`: of the last part.
 */
export function stepWrites(request: PendingRequest, applied: number, outcome?: SettleOutcome): CollectionWrites {
  const at = new Date();
  const done = { ...request, steps: request.steps + 1, applied: request.applied + applied };
  const stored = storedState(done, outcome === undefined ? "asked" : "done", at);
  return {
    collection: REQUESTS,
    inserts: [{ _id: `${request.id}/${done.steps}`, state: "step", at }],
    replacements: [outcome === undefined ? stored : { ...stored, outcome: { ...outcome } }],
    deletions: [],
  };
}

const outcomeShape = z.object({
  status: z.enum(["SETTLED", "PARKED", "FAILED", "REFUSED"]),
  applied: z.number(),
  waiting: z.number(),
  letter: z.string().optional(),
  code: z.string().optional(),
  reason: z.string().optional(),
});

const requestShape = z.object({
  _id: z.string(),
  projection: z.string(),
  topic: z.string(),
  partition: z.number(),
  letter: z.string(),
  key: z.string().nullable(),
  action: z.enum(["retry", "skip", "fix"]),
  value: z.instanceof(Uint8Array).nullable(),
  sequence: z.number(),
  steps: z.number(),
  applied: z.number(),
  outcome: outcomeShape.optional(),
});

/** A request as it is stored, and what became of it; undefined: it isn't carried out yet. */
export interface StoredRequest {
  readonly request: PendingRequest;
  readonly outcome: SettleOutcome | undefined;
}

/** Reads a request; undefined where the document is something else. */
function readRequest(stored: StoredDocument): StoredRequest | undefined {
  const { data } = requestShape.safeParse(stored);
  if (data === undefined) return undefined;
  const { _id: id, key, value, outcome, ...rest } = data;
  const request = { id, ...rest, ...(key === null ? {} : { key }), ...(value === null ? {} : { value }) };
  return { request, outcome: outcome && present(outcome) };
}

function present({ letter, code, reason, ...outcome }: z.output<typeof outcomeShape>): SettleOutcome {
  return {
    ...outcome,
    ...(letter !== undefined && { letter }),
    ...(code !== undefined && { code }),
    ...(reason !== undefined && { reason }),
  };
}

/** The first ones of the requests about what a projection, or stream, has set aside of a partition, oldest first. */
export async function pendingRequests(
  readModel: Pick<ReadModel, "find">,
  projection: string,
  { topic, partition }: TopicPartition,
  limit: number,
): Promise<readonly PendingRequest[]> {
  const filter = { projection, topic, partition, state: "asked" };
  const found = await readModel.find(REQUESTS, { filter, sort: { sequence: 1 }, limit });
  return found.flatMap((stored) => readRequest(stored)?.request ?? []);
}

/** Reads requests by their ids. */
export async function findRequests(
  readModel: Pick<ReadModel, "find">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, StoredRequest>> {
  if (ids.length === 0) return new Map();
  const found = await readModel.find(REQUESTS, { filter: { _id: { $in: ids } }, limit: ids.length });
  return new Map(
    found.flatMap((stored) => {
      const read = readRequest(stored);
      return read === undefined ? [] : [[read.request.id, read] as const];
    }),
  );
}

/** Groups requests by the partition that they are about. */
export function byPartition(requests: readonly SettleRequest[]): ReadonlyMap<string, readonly SettleRequest[]> {
  return Map.groupBy(requests, partitionId);
}
