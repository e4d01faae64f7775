import { setTimeout as delay } from "node:timers/promises";
import { EventQLError } from "../../errors.ts";
import type { SettleOutcome, SettleRequest } from "../../model/settlement.ts";
import type { ReadModel } from "../read-model.ts";
import {
  REQUESTS,
  type StoredRequest,
  byPartition,
  findRequests,
  requestsCheckpoint,
  storedRequest,
} from "./requests.ts";

/** How often it is tried to be the next one who asks something of a partition. */
const ATTEMPTS = 50;

/** Requests that are written, or looked at, together. */
const AT_ONCE = 500;

/** The pauses, in ms, between two looks at what became of requests: at first, and at the most. */
const FIRST_PAUSE_MS = 10;
const MAX_PAUSE_MS = 200;

/**
 * Asks the owners of partitions to settle dead letters. What was asked by the same id before is not asked again.
 * @throws EventQLError `BAD_USER_INPUT` where an id was used for something else, `READ_MODEL_UNAVAILABLE`.
 */
export async function askSettlements(
  readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">,
  requests: readonly SettleRequest[],
): Promise<void> {
  for (const ofPartition of byPartition(requests).values())
    for (let start = 0; start < ofPartition.length; start += AT_ONCE)
      await ask(readModel, ofPartition.slice(start, start + AT_ONCE));
}

async function ask(
  readModel: Pick<ReadModel, "find" | "openCheckpoint" | "commit">,
  requests: readonly SettleRequest[],
): Promise<void> {
  const [first] = requests;
  if (first === undefined) return;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    // Before what is there is read: whoever asks meanwhile moves it.
    const { next: from } = await readModel.openCheckpoint(requestsCheckpoint(first, 0));
    const known = await findRequests(
      readModel,
      requests.map(({ id }) => id),
    );
    const asked = requests.filter((request) => !isKnown(request, known.get(request.id)));
    if (asked.length === 0) return;
    const inserts = asked.map((request, index) => storedRequest(request, from + index, new Date()));
    const checkpoint = requestsCheckpoint(first, from + asked.length);
    const writes = [{ collection: REQUESTS, inserts, replacements: [], deletions: [] }];
    const { status } = await readModel.commit({ checkpoint, from, writes });
    if (status === "committed") return;
    await delay(Math.random() * FIRST_PAUSE_MS * Math.min(attempt + 1, 10));
  }
  throw new EventQLError("READ_MODEL_UNAVAILABLE", "Too many others settle dead letters at the same time: try again.");
}

/** @throws EventQLError `BAD_USER_INPUT`. */
function isKnown(request: SettleRequest, stored: StoredRequest | undefined): boolean {
  if (stored === undefined) return false;
  const { letter, action, value } = stored.request;
  const isSame = letter === request.letter && action === request.action;
  if (isSame && Buffer.from(value ?? []).equals(Buffer.from(request.value ?? []))) return true;
  throw new EventQLError(
    "BAD_USER_INPUT",
    `The request id ${request.id} was used to ${action} the dead letter ${letter}: give another one.`,
  );
}

/** How outcomes are waited for. */
export interface AwaitOutcomes {
  readonly timeoutMs: number;
  /** Whether the wait begins anew whenever a request is carried out. Default false. */
  readonly isPatient?: boolean;
  readonly signal?: AbortSignal;
  /** Told of those that came since it was told last. */
  readonly onOutcomes?: (outcomes: ReadonlyMap<string, SettleOutcome>) => void;
}

/** Waits for what becomes of requests, by their ids; those that aren't carried out in time are missing. */
export async function awaitOutcomes(
  readModel: Pick<ReadModel, "find">,
  ids: readonly string[],
  { timeoutMs, isPatient = false, signal, onOutcomes }: AwaitOutcomes,
): Promise<ReadonlyMap<string, SettleOutcome>> {
  let deadline = performance.now() + timeoutMs;
  const outcomes = new Map<string, SettleOutcome>();
  let left = [...ids];
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
    const came = await outcomesOf(readModel, left.slice(0, AT_ONCE));
    if (came.size > 0) {
      for (const [id, outcome] of came) outcomes.set(id, outcome);
      onOutcomes?.(came);
      left = left.filter((id) => !came.has(id));
      pauseMs = FIRST_PAUSE_MS;
      if (isPatient) deadline = performance.now() + timeoutMs;
    }
    if (left.length === 0 || performance.now() >= deadline || signal?.aborted === true) return outcomes;
    await delay(Math.min(pauseMs, Math.max(1, deadline - performance.now())), undefined, { signal }).catch(() => {});
  }
}

async function outcomesOf(
  readModel: Pick<ReadModel, "find">,
  ids: readonly string[],
): Promise<ReadonlyMap<string, SettleOutcome>> {
  const found = await findRequests(readModel, ids);
  return new Map([...found].flatMap(([id, { outcome }]) => (outcome === undefined ? [] : [[id, outcome] as const])));
}
