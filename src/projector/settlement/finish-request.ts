import type { ErrorCode } from "../../errors.ts";
import type { SettleOutcome } from "../../model/settlement.ts";
import { DEAD_LETTERS, type Fault, type StoredLetter, deadLetter } from "../../read-model/dead-letters.ts";
import type { CollectionWrites, CommitResult } from "../../read-model/read-model.ts";
import { type PendingRequest, stepWrites } from "../../read-model/settlement/requests.ts";
import type { OwnerTurn } from "../between-batches.ts";
import { countSettled } from "./settled-count.ts";

/** Stores what a request has come to, with what else is written. */
export async function finish(
  turn: OwnerTurn,
  request: PendingRequest,
  outcome: SettleOutcome,
  writes: readonly CollectionWrites[],
): Promise<CommitResult["status"]> {
  const { session, of } = turn;
  const status = await turn.commit([...writes, stepWrites(request, 0, outcome)], [countSettled(session, of)]);
  if (status === "committed") session.settled += 1;
  return status;
}

/** Stores that nothing was done, and why. */
export async function refuse(
  turn: OwnerTurn,
  request: PendingRequest,
  code: ErrorCode,
  reason: string,
): Promise<CommitResult["status"]> {
  return await finish(turn, request, { status: "REFUSED", applied: request.applied, waiting: 0, code, reason }, []);
}

/** Stores that a letter could not be applied again, and why: all that waits behind it waits on. */
export async function storeFailure(
  turn: OwnerTurn,
  request: PendingRequest,
  { id, record }: StoredLetter,
  { code, reason }: Fault,
): Promise<CommitResult["status"]> {
  const { name } = turn.session.projection;
  const replacements = [{ ...deadLetter(name, record, { code, reason }, false), _id: id }];
  const writes = [{ collection: DEAD_LETTERS, inserts: [], replacements, deletions: [] }];
  return await finish(turn, request, { status: "FAILED", applied: 0, waiting: 0, letter: id, code, reason }, writes);
}
