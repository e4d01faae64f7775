import { didYouMean } from "../../catalog/problems.ts";
import type { Claims } from "../../model/claims.ts";
import type { Action, Decision } from "../../security/authorize.ts";
import type { ReadPolicy, RolePolicy } from "../../security/policies.ts";
import type { WhereLimits } from "../query/where/place.ts";
import type { PolicyModel } from "./policy-models.ts";
import type { PolicyProblem } from "./policy-problems.ts";
import { type RowFilter, rowFilters } from "./row-filter.ts";

/** What a policy decides of who has these claims. */
type Rule = (claims: Claims) => Decision;

/** The rules of a role; an action without one is denied. */
export type RoleRules = { readonly [action in Exclude<Action, "administer">]: Rule | undefined };

/** What a policy is compiled with. */
interface PolicyPlace {
  readonly model: PolicyModel;
  /** Of the policy in the configuration. */
  readonly place: string;
  readonly limits: WhereLimits;
  readonly problems: PolicyProblem[];
}

/** Compiles what a role may do with an aggregate. */
export function compileRole(policy: RolePolicy, at: PolicyPlace): RoleRules {
  const read = readRule(policy.read, { ...at, place: `${at.place}.read` });
  if (read === undefined && policy.subscribe !== undefined && policy.subscribe !== false)
    at.problems.push({
      place: `${at.place}.subscribe`,
      problem: "who subscribes reads, which is not allowed",
      remedy: "Allow read too",
    });
  return {
    read,
    subscribe:
      policy.subscribe === undefined ? read : readRule(policy.subscribe, { ...at, place: `${at.place}.subscribe` }),
    append: appendRule(policy, at),
  };
}

function readRule(policy: boolean | ReadPolicy | undefined, at: PolicyPlace): Rule | undefined {
  if (policy === undefined || policy === false) return undefined;
  const { where = {}, columns: named } = policy === true ? {} : policy;
  const columns = named && checkedColumns(named, at);
  const filterOf = rowFilters(at.model, where, `${at.place}.where`, at.limits, at.problems);
  const decisions = new WeakMap<RowFilter, Decision>();
  return (claims) => {
    const found = filterOf(claims);
    const decision = decisions.get(found) ?? decisionOf(found, columns);
    decisions.set(found, decision);
    return decision;
  };
}

function decisionOf(found: RowFilter, columns: ReadonlySet<string> | undefined): Decision {
  if ("reason" in found) return { allow: false, reason: found.reason };
  const isLimited = Object.keys(found.filter).length > 0;
  return { allow: true, ...(isLimited && { filter: found.filter }), ...(columns !== undefined && { columns }) };
}

function checkedColumns(
  named: readonly string[],
  { model: { columns, hidden }, place, problems }: PolicyPlace,
): ReadonlySet<string> {
  const known = ["id", "_meta", ...columns];
  for (const name of named.filter((one) => !known.includes(one)))
    problems.push({
      place: `${place}.columns`,
      problem: hidden.includes(name) ? `the column ${name} is hidden: nobody sees it` : `there is no column ${name}`,
      remedy: hidden.includes(name) ? "Remove it here, or the hint hidden" : didYouMean(name, known),
    });
  return new Set(named);
}

function appendRule(
  { append = false, delete: tombstones = false }: RolePolicy,
  { model, place, problems }: PolicyPlace,
): Rule | undefined {
  const named = typeof append === "boolean" ? [] : append;
  for (const name of named.filter((one) => !model.events.includes(one)))
    problems.push({
      place: `${place}.append`,
      problem: `there is no ${model.eventKinds} ${name}`,
      remedy: didYouMean(name, model.events),
    });
  if (append !== true && named.length === 0 && !tombstones) return undefined;
  const decision: Decision = { allow: true, tombstones, ...(append !== true && { events: new Set(named) }) };
  return () => decision;
}
