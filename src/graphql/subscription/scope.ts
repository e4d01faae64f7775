import type { Aggregate } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import { keyLookup } from "../../read-model/query/key-lookup.ts";
import type { Filter } from "../../read-model/read-model.ts";
import type { Scope } from "../../security/authorize.ts";
import { type GraphQLContext, bothFilters } from "../context.ts";
import { scopeOf } from "../permit.ts";
import type { SubscriptionPlan } from "../plan-subscription.ts";
import { canonicalText } from "./canonical-text.ts";

/** What limits those who subscribe. */
export type SeenScope = Pick<Scope, "filter" | "columns">;

/**
 * Asks the policy what the caller may see of an aggregate by subscribing: what they may both subscribe and read, for a
 * snapshot reads, and whoever is told of each change knows the document. The fields of documents and events hold to it.
 * @throws EventQLError `FORBIDDEN`.
 */
export function subscriptionScope(context: GraphQLContext, { name }: Aggregate): SeenScope {
  const read = scopeOf(context, "read", name);
  const subscribe = scopeOf(context, "subscribe", name);
  if (read === subscribe) return subscribe;
  const filter = bothOf(subscribe.filter, read.filter);
  const columns = commonOf(subscribe.columns, read.columns);
  const scope = { ...(filter && { filter }), ...(columns && { columns }) };
  context.session.scopes.get("subscribe")?.set(name, scope);
  return scope;
}

/** A scope as text: equal scopes, equal texts. */
export function scopeText({ filter = {}, columns }: SeenScope): string {
  return canonicalText([filter, columns === undefined ? null : [...columns].sort()]);
}

/**
 * The keys whose events a caller may see; undefined: all.
 * @throws EventQLError `FORBIDDEN` where their rows are limited by more than keys: an event alone doesn't tell whether its
 *   document is among them.
 */
export function visibleKeys(
  { filter = {} }: SeenScope,
  typeName: string,
  { changes }: Pick<SubscriptionPlan, "changes">,
): ReadonlySet<string> | undefined {
  if (Object.keys(filter).length === 0) return undefined;
  const lookup = keyLookup(filter);
  if (lookup?.rest === null) return new Set(lookup.keys);
  throw new EventQLError(
    "FORBIDDEN",
    `You may see some documents of ${typeName} only, and a raw event doesn't tell whether its document is one of them: ` +
      `subscribe to \`${changes}\`, which does.`,
  );
}

function bothOf(one: Filter | undefined, other: Filter | undefined): Filter | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return canonicalText(one) === canonicalText(other) ? one : bothFilters(one, other);
}

function commonOf(
  one: ReadonlySet<string> | undefined,
  other: ReadonlySet<string> | undefined,
): ReadonlySet<string> | undefined {
  return one === undefined || other === undefined
    ? (one ?? other)
    : new Set([...one].filter((name) => other.has(name)));
}
