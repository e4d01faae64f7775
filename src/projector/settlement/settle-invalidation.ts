import type { InvalidationEvent } from "../../catalog/invalidation-event.ts";
import { transactionOf } from "../../model/transaction-id.ts";
import type { StoredLetter } from "../../read-model/dead-letters.ts";
import type { CommitResult } from "../../read-model/read-model.ts";
import { readInvalidations } from "../invalidations.ts";
import { type KeyPlan, type KeyPlanning, planKey } from "../plan-key.ts";
import { storeFailure } from "./finish-request.ts";
import { type KeySettlement, settleKey } from "./settle-key.ts";

/** An invalidation that could not be done for a key, and is to be. */
export interface InvalidationSettlement extends Pick<KeySettlement, "turn" | "request" | "key"> {
  readonly letter: StoredLetter;
  readonly event: InvalidationEvent;
}

/**
 * Folds a key again without a transaction, and what waited behind the invalidation on top of that.
 * @throws what the stores and the registry do.
 */
export async function settleInvalidation(settlement: InvalidationSettlement): Promise<CommitResult["status"]> {
  const { turn, request, key, letter } = settlement;
  const settling = { letter: letter.id, action: "skip" as const };
  const { changes, fault } = await planAgain(settlement);
  if (fault !== undefined) return await storeFailure(turn, request, letter, fault);
  const bases = new Map([...changes].map(([collection, { after }]) => [collection, after] as const));
  const again = { bases, offset: letter.record.offset };
  return await settleKey({ turn, request, key, settling, isKept: false, again });
}

async function planAgain({
  turn,
  key,
  letter,
  event,
}: InvalidationSettlement): Promise<Pick<KeyPlan, "changes" | "fault">> {
  const { services, session, of } = turn;
  for (const collection of session.projection.collections)
    await session.cache.load(services.readModel, collection, [key]);
  const known = await readInvalidations(services.readModel, { ...of, projection: session.projection.name }, [key]);
  const { offset } = letter.record;
  const isFailed = (each: (typeof known)[number]): boolean =>
    each.offset !== offset && each.parking.some((parking) => parking.failed && parking.key === key);
  const counting = known.filter((each) => !isFailed(each));
  const planning: KeyPlanning = {
    services,
    session,
    item: { kind: "invalidation", record: { ...letter.record, key: null }, event },
    parkedAt: new Map(),
    letters: new Map(),
    isInvalid(_key, record) {
      const transaction = transactionOf(record.headers);
      if (transaction === undefined) return false;
      return counting.some((each) => each.transaction === transaction && record.offset < each.offset);
    },
  };
  return await planKey(planning, key);
}
