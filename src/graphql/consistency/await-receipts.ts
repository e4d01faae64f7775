import type { ProjectionOutcome } from "../../command/projection-waiter.ts";
import { topicAggregates } from "../../catalog/topic-aggregates.ts";
import { EventQLError } from "../../errors.ts";
import { type Receipted, decodeReceipt } from "../../model/receipt.ts";
import type { GraphQLContext } from "../context.ts";
import { checkedTimeout } from "../mutation/wait-until.ts";
import { permit } from "../permit.ts";
import { outcomesOf } from "./outcomes-of.ts";
import { readProjections } from "./read-projections.ts";
import { CONSISTENT_WITH_HEADER, type Demand, type Operation, demandsOf } from "./receipts.ts";

/** Positions that the receipts of one query may hold together: more than any transaction touches partitions. */
const MOST_POSITIONS = 1_000;

/** A receipt that was read, and how long in ms to wait for it. */
interface Wait {
  readonly receipted: Receipted;
  readonly timeoutMs: number;
}

/**
 * Waits, before a query is executed, until the read model shows what its receipts stand for; from then on the
 * request reads causally. Does nothing for another operation, or without receipts.
 * @throws EventQLError `NOT_YET_PROJECTED`, `DEAD_LETTERED`, `KEY_PARKED`, `RECEIPT_INVALID`, `FORBIDDEN`,
 *   `LIMIT_EXCEEDED`, `BAD_USER_INPUT`.
 */
export async function awaitReceipts(operation: Operation, context: GraphQLContext): Promise<void> {
  const { services, session, caller } = context;
  const { limits } = services;
  const demands = demandsOf(operation, caller.headers[CONSISTENT_WITH_HEADER], limits);
  if (demands.length === 0) return;
  if (demands.length > limits.maxReceipts)
    throw new EventQLError(
      "LIMIT_EXCEEDED",
      `The query waits for ${demands.length} receipts, at most ${limits.maxReceipts} are allowed: the newest of each partition is enough.`,
    );
  const waits = demands.map((demand) => checkedWait(demand, context));
  demandFewPositions(waits);
  const projections = readProjections(operation, services.catalog);
  const outcomes = await Promise.all(
    waits.map(async ({ receipted, timeoutMs }) => await outcomesOf(receipted, timeoutMs, services, projections)),
  );
  outcomes.flat().forEach(demandProjected);
  session.causal = true;
}

function checkedWait({ receipt, timeoutMs }: Demand, context: GraphQLContext): Wait {
  const receipted = decodeReceipt(receipt);
  const { catalog, limits } = context.services;
  const topics = receipted.kind === "events" ? receipted.positions.map(({ topic }) => topic) : [receipted.topic];
  const aggregates = topicAggregates(catalog.aggregates).filter(({ topic }) => topics.includes(topic));
  if (aggregates.length === 0)
    throw new EventQLError("RECEIPT_INVALID", "The receipt is of a topic that this API doesn't have.");
  for (const { name } of aggregates) permit(context, "read", name);
  return { receipted, timeoutMs: checkedTimeout(timeoutMs, limits) };
}

function demandFewPositions(waits: readonly Wait[]): void {
  const positions = waits.flatMap(({ receipted }) => (receipted.kind === "events" ? receipted.positions : []));
  if (positions.length <= MOST_POSITIONS) return;
  throw new EventQLError(
    "LIMIT_EXCEEDED",
    `The query's receipts hold ${positions.length} positions, at most ${MOST_POSITIONS} are allowed.`,
  );
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
