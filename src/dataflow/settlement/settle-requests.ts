import { isUtf8 } from "node:buffer";
import { EventQLError } from "../../errors.ts";
import type { SettleOutcome } from "../../model/settlement.ts";
import { DEAD_LETTERS, type StoredLetter, ofPartition, readDeadLetter } from "../../read-model/dead-letters.ts";
import { pendingRequests, stepWrites } from "../../read-model/settlement/requests.ts";
import { settleKey, settleKeyless } from "./settle-letters.ts";
import { type AskedTurn, type SettleTurn, commitTurn } from "./settle-turn.ts";

/**
 * Carries out what is asked for about the dead letters of a stream's partition. Returns how many requests there were.
 * @throws what the stores, the log and the registry do; `OWNER_FENCED` where the partition is lost.
 */
export async function settleRequests(turn: SettleTurn): Promise<number> {
  for (let count = 0; ; count += 1) {
    turn.ends.stopping.throwIfAborted();
    const [request] = await pendingRequests(turn.services.readModel, turn.stream.name, turn.of, 1);
    if (request === undefined) return count;
    if (await carryOut({ ...turn, request })) continue;
    const { topic, partition } = turn.of;
    throw new EventQLError("OWNER_FENCED", `Another process has taken partition ${topic}/${partition} over.`);
  }
}

/** Carries out a request, or a part of it. False: the partition is lost. */
async function carryOut(turn: AskedTurn): Promise<boolean> {
  const { request, services, stream, of, position } = turn;
  const [stored] = await services.readModel.find(DEAD_LETTERS, {
    filter: { _id: request.letter, ...ofPartition(stream.name, of) },
    limit: 1,
  });
  const letter = stored && readDeadLetter(stored);
  if (letter === undefined) {
    const { key, steps } = request;
    // Its own letter went first: what waited behind it may not all be worked on yet.
    if (steps > 0 && key !== undefined) return await settleKey(turn, key, undefined);
    return await refuse(turn, "DEAD_LETTER_NOT_FOUND", `There is no dead letter ${request.letter} any more.`);
  }
  if (letter.record.offset >= position)
    return await refuse(turn, "NOT_READY", "The stream has just come to it: ask again in a moment.");
  const value = request.action === "fix" && request.value !== undefined ? { value: request.value } : {};
  const settling = { letter: letter.id, action: request.action, ...value };
  const { key } = letter.record;
  if (key !== null && !isUtf8(key) && request.action !== "skip")
    return await refuse(turn, "KEY_INVALID", "Its key is not UTF-8 text, so that nothing can be written: skip it.");
  if (key === null || !isUtf8(key)) return await settleKeyless(turn, letter, settling);
  const name = Buffer.from(key).toString();
  const first = await firstLetter(turn, key);
  if (first !== undefined && first.id !== letter.id) {
    const reason = `It waits behind the dead letter ${first.id} of the same key: settle that one first.`;
    return await refuse(turn, "KEY_PARKED", reason);
  }
  return await settleKey(turn, name, settling);
}

async function firstLetter({ services, stream, of }: SettleTurn, key: Uint8Array): Promise<StoredLetter | undefined> {
  const filter = { ...ofPartition(stream.name, of), key };
  const [stored] = await services.readModel.find(DEAD_LETTERS, { filter, sort: { offset: 1 }, limit: 1 });
  return stored && readDeadLetter(stored);
}

async function refuse(turn: AskedTurn, code: EventQLError["code"], reason: string): Promise<boolean> {
  const { request } = turn;
  const outcome: SettleOutcome = { status: "REFUSED", applied: request.applied, waiting: 0, code, reason };
  return await commitTurn(turn, [stepWrites(request, 0, outcome)]);
}
