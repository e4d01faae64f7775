import type { StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import type { AggregatePlan } from "../../plan.ts";
import { type AsOf, momentOf } from "./as-of.ts";
import { historyOf } from "./history-request.ts";
import { visiblePast } from "./history-scope.ts";

/** Reads a document as it was; null where there was none, or none that the caller may see. @throws as `History.documentAt`. */
export async function pastDocument(
  context: GraphQLContext,
  plan: AggregatePlan,
  id: string,
  asOf: AsOf,
): Promise<StoredDocument | null> {
  const moment = momentOf(asOf);
  const sees = await visiblePast(context, plan, id);
  if (sees === undefined) return null;
  const past = await context.services.history.documentAt(historyOf(context, plan.aggregate, id), moment);
  return past !== undefined && sees(past) ? past : null;
}
