import { isUtf8 } from "node:buffer";
import { invalidationOf } from "../../catalog/invalidation-event.ts";
import { DEAD_LETTERS, type StoredLetter, ofPartition, readDeadLetter } from "../../read-model/dead-letters.ts";
import type { CommitResult } from "../../read-model/read-model.ts";
import type { PendingRequest } from "../../read-model/settlement/requests.ts";
import { SETTLEMENTS } from "../../read-model/settlement/settlements.ts";
import type { OwnerTurn } from "../between-batches.ts";
import { decodeRecords } from "../decode-batch.ts";
import { finish, refuse, storeFailure } from "./finish-request.ts";
import { settleInvalidation } from "./settle-invalidation.ts";
import { settleKey, storedWrites } from "./settle-key.ts";

/** How carrying out a request, or a part of it, ended. `outdated`: what is held of the partition is to be read anew. */
export type CarriedOut = CommitResult["status"] | "outdated";

/** Carries out a request, or a part of it. @throws what the stores and the registry do. */
export async function carryOut(turn: OwnerTurn, request: PendingRequest): Promise<CarriedOut> {
  const letter = await findLetter(turn, request);
  if (letter === undefined) {
    const { key, steps } = request;
    // Its own letter went first: what waited behind it may not all be applied yet.
    if (steps > 0 && key !== undefined) return await settleKey({ turn, request, key, settling: undefined });
    return await refuse(turn, request, "DEAD_LETTER_NOT_FOUND", `There is no dead letter ${request.letter} any more.`);
  }
  const key = keyOf(letter);
  if (key === undefined) return await settleKeyless(turn, request, letter);
  const first = await firstLetter(turn, key);
  if (first !== undefined && first.id !== letter.id) {
    const reason = `It waits behind the dead letter ${first.id} of the same key: settle that one first.`;
    return await refuse(turn, request, "KEY_PARKED", reason);
  }
  if (letter.code === "EVENT_TYPE_UNKNOWN" || letter.code === "SCHEMA_NOT_FOUND" || request.action === "fix") {
    // What has come since may be what it waits for.
    if (await isCatalogNew(turn)) return "outdated";
  }
  const event = invalidationOf(letter.record);
  if (event !== undefined && request.action === "fix") {
    const reason = "It makes a transaction invalid: retry it, or skip it, and the transaction counts for this key.";
    return await refuse(turn, request, "BAD_USER_INPUT", reason);
  }
  if (event !== undefined && request.action === "retry")
    return await settleInvalidation({ turn, request, key, letter, event });
  const value = request.action === "fix" && request.value !== undefined ? { value: request.value } : {};
  const settling = { letter: letter.id, action: request.action, ...value };
  // An invalidation has events of other keys too, which it stays valid for.
  return await settleKey({ turn, request, key, settling, isKept: event === undefined });
}

async function findLetter(
  { services, session, of }: OwnerTurn,
  request: PendingRequest,
): Promise<StoredLetter | undefined> {
  const filter = { _id: request.letter, ...ofPartition(session.projection.name, of) };
  const [stored] = await services.readModel.find(DEAD_LETTERS, { filter, limit: 1 });
  return stored && readDeadLetter(stored);
}

/** The first one of a key: all others wait behind it. */
async function firstLetter({ services, session, of }: OwnerTurn, key: string): Promise<StoredLetter | undefined> {
  const filter = { ...ofPartition(session.projection.name, of), key: Buffer.from(key) };
  const [stored] = await services.readModel.find(DEAD_LETTERS, { filter, sort: { offset: 1 }, limit: 1 });
  return stored && readDeadLetter(stored);
}

function keyOf({ record: { key } }: StoredLetter): string | undefined {
  return key === null || !isUtf8(key) ? undefined : Buffer.from(key).toString();
}

/** Reads the registry anew. True: events are applied otherwise by now. */
async function isCatalogNew({ services, session }: OwnerTurn): Promise<boolean> {
  await services.catalog.refresh();
  return services.projection().definition !== session.projection.definition;
}

/** Nothing waits behind an event without a valid key, and no other bytes give it one. */
async function settleKeyless(turn: OwnerTurn, request: PendingRequest, letter: StoredLetter): Promise<CarriedOut> {
  const { services, of } = turn;
  if (request.action === "fix") {
    const reason = "It has no valid key, so that no document is its own: skip it, and append the event with its key.";
    return await refuse(turn, request, "KEY_INVALID", reason);
  }
  if (request.action === "skip") {
    const settlement = { record: letter.record, settlement: { kind: "skip" as const } };
    const writes = [
      { collection: DEAD_LETTERS, inserts: [], replacements: [], deletions: [letter.id] },
      { collection: SETTLEMENTS, ...(await storedWrites(turn, request, settlement)) },
    ];
    return await finish(turn, request, { status: "SETTLED", applied: 0, waiting: 0 }, writes);
  }
  const [item] = await decodeRecords(services.codec, of.topic, [letter.record]);
  return await storeFailure(turn, request, letter, item?.kind === "bad" ? item : letter);
}
