/** Where a plan gets its documents from. */
export interface PlanSource {
  /** Undefined: all documents of the collection. */
  readonly index: string | undefined;
  /** The fields by whose values the index is narrowed down; none: it is read from end to end. */
  readonly narrowedBy: readonly string[];
}

/** What of a plan tells how many documents it examines. */
export interface QueryPlan {
  readonly sources: readonly PlanSource[];
  /** Whether it ends as soon as it has as many documents as are asked for: it drops none, and orders none anew. */
  readonly stopsEarly: boolean;
}

/** Stages whose children don't stand in their `inputStage`. */
const CHILDREN = ["inputStage", "inputStages", "queryPlan", "shards", "winningPlan", "outerStage", "innerStage"];

/**
 * Reads the winning plan of an `explain`.
 * Source: https://www.mongodb.com/docs/manual/reference/explain-results/
 */
export function readPlan(winningPlan: unknown): QueryPlan {
  const stages = stagesOf(winningPlan);
  return {
    sources: stages.flatMap(sourceOf),
    stopsEarly: !stages.some((stage) => isFiltering(stage) || stage["stage"] === "SORT"),
  };
}

/** Each stage of a plan, from its end to where it begins. */
export function stagesOf(plan: unknown): readonly Record<string, unknown>[] {
  if (Array.isArray(plan)) return plan.flatMap(stagesOf);
  if (!isStage(plan)) return [];
  return [plan, ...CHILDREN.flatMap((name) => (plan[name] === undefined ? [] : stagesOf(plan[name])))];
}

function isFiltering({ filter }: Record<string, unknown>): boolean {
  return isStage(filter) && Object.keys(filter).length > 0;
}

function sourceOf(stage: Record<string, unknown>): readonly PlanSource[] {
  switch (stage["stage"]) {
    case "COLLSCAN":
      return [{ index: undefined, narrowedBy: [] }];
    case "IXSCAN":
    case "COUNT_SCAN":
    case "DISTINCT_SCAN":
      return [{ index: String(stage["indexName"]), narrowedBy: narrowed(stage["indexBounds"]) }];
    default:
      return [];
  }
}

/** Fields further on narrow an index down only where those before them do. */
function narrowed(bounds: unknown): readonly string[] {
  const fields = isStage(bounds) ? Object.entries(bounds) : [];
  const end = fields.findIndex(([, intervals]) => [intervals].flat().some(isWhole));
  return fields.slice(0, end === -1 ? undefined : end).map(([field]) => field);
}

/** From end to end, or over all texts, as a pattern that may match anywhere has it. */
function isWhole(interval: unknown): boolean {
  return /^[[(](MinKey, MaxKey|MaxKey, MinKey|"", \{\}|\{\}, "")[\])]$/.test(String(interval));
}

function isStage(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
