import type { ProjectionOutcome } from "../../command/projection-waiter.ts";
import { EventQLError } from "../../errors.ts";
import type { Position } from "../../model/position.ts";
import { decodeReceipt } from "../../model/receipt.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedTimeout } from "../mutation/wait-until.ts";
import { permit } from "../permit.ts";
import { CONSISTENT_WITH_HEADER, type Demand, type Operation, demandsOf } from "./receipts.ts";

/**
 * Waits, before a query is executed, until the read model shows what its receipts stand for; from then on the
 * request reads causally. Does nothing for another operation, or without receipts.
 * @throws EventQLError `NOT_YET_PROJECTED`, `DEAD_LETTERED`, `KEY_PARKED`, `RECEIPT_INVALID`, `FORBIDDEN`,
 *   `LIMIT_EXCEEDED`, `BAD_USER_INPUT`.
 */
export async function awaitReceipts(operation: Operation, context: GraphQLContext): Promise<void> {
  const { limits } = context.services;
  const demands = demandsOf(operation, context.caller.headers[CONSISTENT_WITH_HEADER], limits);
  if (demands.length === 0) return;
  if (demands.length > limits.maxReceipts)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `The query waits for ${demands.length} receipts, at most ${limits.maxReceipts} are allowed: the newest of each partition is enough.`,
    );
  const waits = demands.map((demand) => checkedWait(demand, context));
  const outcomes = await Promise.all(
    waits.map(({ position, timeoutMs }) => context.services.waiter.wait(position, timeoutMs)),
  );
  outcomes.forEach(demandProjected);
  context.session.causal = true;
}

function checkedWait(
  { receipt, timeoutMs }: Demand,
  context: GraphQLContext,
): { readonly position: Position; readonly timeoutMs: number } {
  const position = decodeReceipt(receipt);
  const { catalog, limits } = context.services;
  const aggregates = catalog.aggregates.filter(({ topic }) => topic === position.topic);
  if (aggregates.length === 0)
    throw new EventQLError("RECEIPT_INVALID", "The receipt is of a topic that this API doesn't have.");
  for (const { name } of aggregates) permit(context, "read", name);
  return { position, timeoutMs: checkedTimeout(timeoutMs, limits) };
}

function demandProjected(outcome: ProjectionOutcome): void {
  if (outcome === "DEAD_LETTERED")
    throw new EventQLError(
      "DEAD_LETTERED",
      "The receipt's event could not be applied and is a dead letter: no query will show it until that is settled.",
    );
  if (outcome === "KEY_PARKED")
    throw new EventQLError(
      "KEY_PARKED",
      "The receipt's event waits behind a dead letter of the same key: no query will show it until that is settled.",
    );
}
