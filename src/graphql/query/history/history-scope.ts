import { EventQLError } from "../../../errors.ts";
import { compileFilter } from "../../../read-model/query/filter.ts";
import { keyLookup } from "../../../read-model/query/key-lookup.ts";
import type { Filter, StoredDocument } from "../../../read-model/read-model.ts";
import type { GraphQLContext } from "../../context.ts";
import { permit } from "../../permit.ts";
import type { AggregatePlan } from "../../plan.ts";
import { loadDocument } from "../read-documents.ts";

/**
 * Whether a caller may see the events of a key.
 * @throws EventQLError `FORBIDDEN`; also where their rows are limited by more than keys: an event alone doesn't tell
 *   whether its document was among them.
 */
export function mayReadEvents(
  context: GraphQLContext,
  { aggregate, typeName, singular }: AggregatePlan,
  id: string,
): boolean {
  const keys = keysOf(permit(context, "read", aggregate.name));
  if (keys !== "others") return keys === "all" || keys.has(id);
  throw new EventQLError(
    "FORBIDDEN",
    `You may see some documents of ${typeName} only, and a raw event doesn't tell whether its document was one of them: ` +
      `ask for \`${singular}(id:, asOf:)\`, which does.`,
  );
}

/**
 * Whether a caller may know of a key: of one whose document they may see, or might if there were one.
 * @throws EventQLError `FORBIDDEN`.
 */
export async function mayKnowKey(
  context: GraphQLContext,
  { aggregate }: Pick<AggregatePlan, "aggregate">,
  id: string,
): Promise<boolean> {
  const keys = keysOf(permit(context, "read", aggregate.name));
  if (keys === "all") return true;
  return keys === "others" ? (await loadDocument(context, aggregate, id)) !== null : keys.has(id);
}

/** Whether a caller may know of each key there is. @throws EventQLError `FORBIDDEN`. */
export function mayKnowEveryKey(context: GraphQLContext, { aggregate }: Pick<AggregatePlan, "aggregate">): boolean {
  return keysOf(permit(context, "read", aggregate.name)) === "all";
}

/** Tests what a document was. */
export type SeesPast = (past: StoredDocument) => boolean;

/**
 * Which past states of a document a caller may see: of one that they may see now, those that they might see if they were
 * as it is now; undefined: none at all. Of one that is gone, rows limited by more than keys show nothing.
 * @throws EventQLError `FORBIDDEN`.
 */
export async function visiblePast(
  context: GraphQLContext,
  { aggregate }: AggregatePlan,
  id: string,
): Promise<SeesPast | undefined> {
  const filter = permit(context, "read", aggregate.name);
  const keys = keysOf(filter);
  if (keys === "all" || filter === undefined) return () => true;
  if (keys !== "others") return keys.has(id) ? () => true : undefined;
  const now = await loadDocument(context, aggregate, id);
  return now === null ? undefined : compileFilter(filter);
}

/** The keys that a filter limits its documents to, where it limits them by nothing else. */
function keysOf(filter: Filter = {}): "all" | "others" | ReadonlySet<string> {
  if (Object.keys(filter).length === 0) return "all";
  const lookup = keyLookup(filter);
  return lookup?.rest === null ? new Set(lookup.keys) : "others";
}
