import type { Db, Document } from "mongodb";
import { outermostFields } from "../query/fields.ts";
import type { Explanation, Filter, FindOptions, Read, Sort } from "../read-model.ts";
import { toDriverForm } from "./mongo-values.ts";
import { type QueryPlan, readPlan, stagesOf } from "./query-plan.ts";

/** How long, in ms, a read that is explained may take. */
const EXPLAIN_MS = 10_000;

/** Carries a read out, and tells how the server did so. */
export async function explainRead(db: Db, collection: string, read: Read): Promise<Explanation> {
  const answer = await explained(db, collection, read);
  const stages = partsOf(answer["stages"]);
  const cursors = stages.flatMap(({ $cursor }) => partsOf($cursor));
  const parts = cursors.length === 0 ? [answer] : cursors;
  const statistics = parts.flatMap(({ executionStats }) => partsOf(executionStats));
  const plans = parts.flatMap(({ queryPlanner }) => partsOf(queryPlanner)).map(({ winningPlan }) => winningPlan);
  const last = stages.at(-1);
  return {
    index: indexesOf([...plans, ...stages]),
    documentsExamined: sumOf([...statistics, ...stages], "totalDocsExamined"),
    documentsReturned: Number(last?.["nReturned"] ?? sumOf(statistics, "nReturned")),
    milliseconds: Math.max(
      sumOf(statistics, "executionTimeMillis"),
      ...stages.map((stage) => Number(stage["executionTimeMillisEstimate"] ?? 0)),
    ),
  };
}

/** The ways in which the server would find documents: of several it takes the one that does best in a trial. */
export async function plansOf(
  db: Db,
  collection: string,
  { filter, sort, limit }: { readonly filter: Filter; readonly sort: Sort | undefined; readonly limit?: number },
  timeoutMs: number,
): Promise<readonly QueryPlan[]> {
  const find = { find: collection, filter: toDriverForm(filter), ...(sort && { sort }), ...(limit && { limit }) };
  const { queryPlanner } = await db.command({ explain: find, verbosity: "queryPlanner", maxTimeMS: timeoutMs });
  return partsOf(queryPlanner).flatMap(({ winningPlan, rejectedPlans }) =>
    [winningPlan, ...partsOf(rejectedPlans)].map(readPlan),
  );
}

async function explained(db: Db, collection: string, read: Read): Promise<Document> {
  const command =
    "find" in read
      ? findCommand(collection, read.find)
      : { aggregate: collection, pipeline: toDriverForm([...read.pipeline]), cursor: {} };
  return db.command({ explain: command, verbosity: "executionStats", maxTimeMS: EXPLAIN_MS });
}

function findCommand(collection: string, { filter, sort, skip, limit, fields }: FindOptions): Document {
  return {
    find: collection,
    filter: toDriverForm(filter),
    ...(sort && { sort }),
    ...(skip && { skip }),
    ...(limit && { limit }),
    ...(fields && { projection: Object.fromEntries(["_id", ...outermostFields(fields)].map((field) => [field, 1])) }),
  };
}

/** Null where any part looks at each document. */
function indexesOf(plans: readonly unknown[]): string | null {
  const stages = plans.flatMap(stagesOf);
  if (stages.some(({ stage }) => stage === "COLLSCAN")) return null;
  const lookedUp = stages.flatMap(({ indexesUsed }) => (Array.isArray(indexesUsed) ? indexesUsed.map(String) : []));
  const own = stages.flatMap(({ stage, indexName }) =>
    typeof indexName === "string" ? [indexName] : stage === "IDHACK" ? ["_id_"] : [],
  );
  const names = [...new Set([...own, ...lookedUp])];
  return names.length === 0 ? null : names.join(", ");
}

function sumOf(parts: readonly Record<string, unknown>[], name: string): number {
  return parts.reduce((sum, part) => sum + Number(part[name] ?? 0), 0);
}

/** The objects of a list, or the one that a value is. */
function partsOf(value: unknown): readonly Record<string, unknown>[] {
  return [value].flat().filter(isObject);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
