import { isEventQLError } from "../../errors.ts";
import { positionId } from "../../model/position.ts";
import {
  DEAD_LETTERS,
  PARKED_KEYS,
  type StoredLetter,
  ofPartition,
  parkedKeyId,
  readDeadLetter,
} from "../../read-model/dead-letters.ts";
import type { CollectionWrites, CommitResult, ReadModel, StoredDocument } from "../../read-model/read-model.ts";
import { type PendingRequest, stepWrites } from "../../read-model/settlement/requests.ts";
import { SETTLEMENTS, settlementId, storedSettlement } from "../../read-model/settlement/settlements.ts";
import type { OwnerTurn } from "../between-batches.ts";
import { documentWrites } from "../commit-of.ts";
import { type BatchItem, bad, decodeRecords } from "../decode-batch.ts";
import { type FoldedBatch, foldBatch } from "../fold-batch.ts";
import { journalOf, type KeptEvent } from "../journal.ts";
import { keptId } from "../journal-writer.ts";
import {
  type LetterQueue,
  type QueueLimits,
  type Settling,
  queueOf,
} from "../../read-model/settlement/letter-queue.ts";
import { type FoldedAgain, changesFrom } from "./folded-again.ts";
import { parkingHistory } from "./parking-history.ts";
import {
  type OwnWrites,
  type SettlementInput,
  type SettlementPlan,
  planSettlement,
} from "../../read-model/settlement/plan-settlement.ts";
import { settledChanges } from "./settled-changes.ts";
import { countSettled } from "./settled-count.ts";

/** What is to be settled of a key. */
export interface KeySettlement {
  readonly turn: OwnerTurn;
  readonly request: PendingRequest;
  readonly key: string;
  /** Undefined: the letter is settled, and what waited goes on. */
  readonly settling: Settling | undefined;
  /** Whether it counts for whoever reads the event again. Default true. */
  readonly isKept?: boolean;
  /** The key's documents, where events are folded into others than what is stored. */
  readonly again?: FoldedAgain;
}

/** Events that are applied in one transaction, at the most, and the bytes of their values. */
const MOST: QueueLimits = { events: 1_000, bytes: 4 * 1_024 * 1_024 };

const NO_KEYS: ReadonlySet<string> = new Set();

/**
 * Settles a letter and applies what waited behind it, as far as one transaction takes it: the request says how far that was.
 * @throws what the stores and the registry do.
 */
export async function settleKey(settlement: KeySettlement): Promise<CommitResult["status"]> {
  for (let limits = MOST; ; limits = { events: Math.ceil(limits.events / 2), bytes: Math.ceil(limits.bytes / 2) }) {
    const letters = await lettersOf(settlement, limits.events + 2);
    const queue = queueOf(letters, settlement.settling, limits);
    const items = await decodeRecords(
      settlement.turn.services.codec,
      settlement.turn.of.topic,
      queue.events.map(({ record }) => record),
    );
    try {
      return await commitQueue(settlement, queue, items);
    } catch (error) {
      settlement.turn.session.cache.release();
      if (!isEventQLError(error, "COMMIT_TOO_LARGE")) throw error;
      const [only] = queue.events;
      if (queue.events.length > 1 || only === undefined) continue;
      return await commitQueue(settlement, queue, [bad(only.record, settlement.key, "EVENT_TOO_LARGE", error.message)]);
    }
  }
}

/** The letters of the key, in their order: the first ones. */
async function lettersOf({ turn, key }: KeySettlement, limit: number): Promise<readonly StoredLetter[]> {
  const filter = lettersFilter(turn, key);
  const found = await turn.services.readModel.find(DEAD_LETTERS, { filter, sort: { offset: 1 }, limit });
  return found.flatMap((stored) => readDeadLetter(stored) ?? []);
}

function lettersFilter({ session, of }: OwnerTurn, key: string): Readonly<Record<string, unknown>> {
  return { ...ofPartition(session.projection.name, of), key: Buffer.from(key) };
}

async function commitQueue(
  settlement: KeySettlement,
  queue: LetterQueue,
  items: readonly BatchItem[],
): Promise<CommitResult["status"]> {
  const { turn, request, key, settling, again } = settlement;
  const { services, session, of } = turn;
  const { folded, changes } = await fold(settlement, items);
  const projection = session.projection.name;
  const waiting = await waitingBehind(settlement, queue);
  const isParked = await isStored(services.readModel, PARKED_KEYS, parkedKeyId(projection, of, key));
  const tried = triedOf(queue, folded, key);
  const plan = planSettlement({ projection, of, key, queue, settling, ...tried, waiting, isParked });
  const outcome = plan.outcome && { ...plan.outcome, applied: request.applied + plan.applied };
  const writes = [
    ...[...changes].map(([name, ofKeys]) => documentWrites(name, ofKeys)),
    { collection: DEAD_LETTERS, ...plan.letters },
    { collection: PARKED_KEYS, ...plan.parked },
    { collection: SETTLEMENTS, ...(await settlementWrites(settlement, plan)) },
    await parkingHistory(services.readModel, { ...of, projection: session.projection.name }, key, again?.offset),
    ...session.journals.settled(folded.kept, await journaled(services.readModel, folded.kept)),
    stepWrites(request, plan.applied, outcome),
  ].filter(isNotEmpty);
  const outputs = folded.outputs.length === 0 ? undefined : session.outputs?.planLate(folded.outputs);
  const also = [countSettled(session, of), ...(outputs?.also ?? [])];
  const status = await turn.commit([...writes, ...(outputs?.writes ?? [])], also);
  if (status !== "committed") return status;
  outputs?.committed();
  session.settled += 1;
  session.cache.store(changes);
  if (plan.isFreed) session.parked.delete(key);
  return status;
}

/** What events make of the key's documents. */
async function fold(
  { turn, key, again }: KeySettlement,
  items: readonly BatchItem[],
): Promise<{ readonly folded: FoldedBatch; readonly changes: FoldedBatch["changes"] }> {
  const { services, session, of } = turn;
  const { projection, cache } = session;
  for (const collection of projection.collections) await cache.load(services.readModel, collection, [key]);
  const stored = (collection: string): StoredDocument | undefined => cache.get(collection, key);
  const stateOf = again === undefined ? stored : (collection: string) => again.bases.get(collection);
  const folded = foldBatch({ projection, partition: of.partition, items, parked: NO_KEYS, stateOf });
  const changes = again === undefined ? folded.changes : changesFrom(again.bases, key, stored, folded.changes);
  return { folded, changes: settledChanges(changes) };
}

/** How many of the queue's events were applied, and why the next one wasn't: those behind it weren't either. */
function triedOf(
  { events }: LetterQueue,
  { parked, setAside }: FoldedBatch,
  key: string,
): Pick<SettlementInput, "applied" | "fault"> {
  return { applied: events.length - setAside.length, fault: parked.get(key) };
}

/** How many events of the key wait that aren't in the queue. */
async function waitingBehind({ turn, key }: KeySettlement, { events, rest }: LetterQueue): Promise<number> {
  if (rest === undefined) return 0;
  const filter = { ...lettersFilter(turn, key), waiting: true };
  const [counted] = await turn.services.readModel.aggregate(DEAD_LETTERS, [{ $match: filter }, { $count: "letters" }]);
  const all = counted?.["letters"];
  return (typeof all === "number" ? all : 0) - events.filter(({ letter }) => letter.waiting).length;
}

async function settlementWrites(
  { turn, request, isKept = true }: KeySettlement,
  { settlement }: SettlementPlan,
): Promise<OwnWrites> {
  const nothing = { inserts: [], replacements: [], deletions: [] };
  if (settlement === undefined || !isKept) return nothing;
  return await storedWrites(turn, request, settlement);
}

/** What is written of a settlement: of one and the same event there may be one already. */
export async function storedWrites(
  { services, session }: OwnerTurn,
  { id: request }: PendingRequest,
  { record, settlement }: NonNullable<SettlementPlan["settlement"]>,
): Promise<OwnWrites> {
  const { name } = session.projection;
  const stored = [storedSettlement(name, record, settlement, { request, at: new Date() })];
  const isThere = await isStored(services.readModel, SETTLEMENTS, settlementId(name, record));
  return { inserts: isThere ? [] : stored, replacements: isThere ? stored : [], deletions: [] };
}

async function journaled(readModel: ReadModel, events: readonly KeptEvent[]): Promise<ReadonlySet<string>> {
  const there = new Set<string>();
  for (const [collection, own] of Map.groupBy(events, (event) => event.collection)) {
    const ids = own.map(({ item }) => positionId(item.record));
    const found = await readModel.find(journalOf(collection), { filter: { _id: { $in: ids } }, fields: [] });
    const known = new Set(found.map(({ _id }) => _id));
    for (const event of own) if (known.has(positionId(event.item.record))) there.add(keptId(event));
  }
  return there;
}

async function isStored(readModel: ReadModel, collection: string, id: string): Promise<boolean> {
  return (await readModel.find(collection, { filter: { _id: id }, limit: 1, fields: [] })).length > 0;
}

function isNotEmpty({ inserts, replacements, deletions }: CollectionWrites): boolean {
  return inserts.length + replacements.length + deletions.length > 0;
}
