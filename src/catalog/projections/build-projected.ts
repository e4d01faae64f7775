import { createHash } from "node:crypto";
import type { State } from "../../model/decider.ts";
import { intermediateTopic } from "../../model/origin.ts";
import type { Projection } from "../../model/projection.ts";
import { aggregateColumns } from "../aggregate-columns.ts";
import type { AggregatePlan } from "../aggregate-plans.ts";
import type { BuildContext } from "../build-aggregate.ts";
import { aggregateIndexes } from "../column-indexes.ts";
import { ownOf } from "../own-of.ts";
import { type CatalogProblem, didYouMean } from "../problems.ts";
import type { Aggregate, Column, EventType } from "../types.ts";
import { type ProblemAt, placeOf, problemAt } from "./projection-place.ts";

/** Tells which values of a state don't fit its columns, each with what is wrong. */
export type CheckState = (
  columns: readonly Column[],
  state: State,
) => readonly { readonly column: string; readonly problem: string }[];

/** What aggregates of projections are built with. */
export interface ProjectedContext extends BuildContext {
  /** The aggregates of topics. */
  readonly aggregates: readonly Aggregate[];
  readonly checkState: CheckState;
  /** What tells apart deployments that share a log. */
  readonly group: string;
}

/** Builds the aggregates of projections in code. */
export function buildProjected(
  plans: readonly AggregatePlan[],
  context: ProjectedContext,
): { readonly aggregates: readonly Aggregate[]; readonly problems: readonly CatalogProblem[] } {
  const built = plans.flatMap((plan) => (plan.projection === undefined ? [] : [build(plan, plan.projection, context)]));
  return {
    aggregates: built.map(({ aggregate }) => aggregate),
    problems: built.flatMap(({ problems }) => problems),
  };
}

function build(
  plan: AggregatePlan,
  projection: Projection,
  context: ProjectedContext,
): { readonly aggregate: Aggregate; readonly problems: readonly CatalogProblem[] } {
  const { name, singular, plural } = context.names.aggregate(plan);
  const at = problemAt(projection);
  const { columns, state, problems: wrong } = aggregateColumns(plan, context.types, true);
  const sources = sourcesOf(projection, context.aggregates);
  const isRekeyed = needsKeys(projection);
  const topic = isRekeyed
    ? intermediateTopic(projection.name, keyHash(projection, context.group))
    : (projection.from[0] ?? "");
  const indexed = aggregateIndexes({
    name,
    topic,
    subject: `${placeOf(projection)} indexes`,
    columns,
    events: state === undefined ? [] : [state],
    configured: [...projection.indexes, ...(ownOf(context.indexes, name) ?? [])],
  });
  const aggregate: Aggregate = {
    name,
    isHinted: true,
    singular,
    plural,
    collection: plural,
    projection: projection.name,
    topic,
    doc: projection.doc,
    previous: projection.previous,
    history: undefined,
    ...(state === undefined ? {} : { state: { record: state.record, guaranteed: state.source.always } }),
    columns,
    indexes: indexed.indexes,
    eventTypes: [],
    projected: { projection, sources, isRekeyed },
  };
  const problems = [
    ...[...wrong, ...indexed.problems].map(({ subject, field, problem, remedy }) => ({
      ...at(field, { problem, remedy }),
      subject,
    })),
    ...unknownRules(projection, sources, at),
    ...unknownFields(projection, sources, at),
    ...initialProblems(projection, columns, context.checkState, at),
    ...transactional(projection, context.aggregates, at),
  ];
  return { aggregate, problems };
}

/** A document has one source partition: where that isn't the events' own, they are keyed anew. */
function needsKeys({ from, key, partitions }: Projection): boolean {
  return from.length > 1 || key !== undefined || partitions !== undefined;
}

/** Of what decides under which keys events count, and where, and who copies them. */
function keyHash({ from, key, partitions, version, madeOf, keyMadeOf = madeOf }: Projection, group: string): string {
  const rule = key === undefined ? [] : [key.toString().replaceAll(/\s+/g, " "), version, keyMadeOf];
  const text = JSON.stringify([from.toSorted(), rule, partitions ?? null, group]);
  return createHash("sha256").update(text).digest("hex").slice(0, 6);
}

function sourcesOf({ from }: Projection, aggregates: readonly Aggregate[]): ReadonlyMap<string, readonly EventType[]> {
  return new Map(
    from.map((topic) => [
      topic,
      aggregates.filter((aggregate) => aggregate.topic === topic).flatMap(({ eventTypes }) => eventTypes),
    ]),
  );
}

function unknownRules(
  { evolve, from }: Projection,
  sources: ReadonlyMap<string, readonly EventType[]>,
  at: ProblemAt,
): readonly CatalogProblem[] {
  const known = [...sources.values()].flat().map(({ name }) => name);
  // That there are no event types is said of the topic.
  if (known.length === 0) return [];
  const where = from.length === 1 ? `topic ${from[0] ?? ""} has` : `none of the topics ${from.join(", ")} has an`;
  return Object.keys(evolve)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const problem = `${from.length === 1 ? `${where} no` : where} event type ${name}`;
      return at(`evolve.${name}`, { problem, remedy: didYouMean(name, known) });
    });
}

/** What no event has would count as nothing, and nobody would notice. */
function unknownFields(
  { fields = [] }: Projection,
  sources: ReadonlyMap<string, readonly EventType[]>,
  at: ProblemAt,
): readonly CatalogProblem[] {
  const types = [...sources.values()].flat();
  if (types.length === 0) return [];
  const known = [...new Set(types.flatMap(({ record }) => record.fields.map(({ name }) => name)))];
  return fields
    .filter((field) => !known.includes(field))
    .map((field) => {
      const problem = `it takes ${field} of events, and none of them has such a field`;
      return at(undefined, { problem, remedy: didYouMean(field, known) });
    });
}

function initialProblems(
  { initial, columns: wanted }: Projection,
  columns: readonly Column[],
  checkState: CheckState,
  at: ProblemAt,
): readonly CatalogProblem[] {
  const names = columns.map(({ name }) => name);
  // Of a column that is wrong itself that is said there.
  const unknown = Object.keys(initial).filter((name) => !names.includes(name) && !Object.hasOwn(wanted, name));
  return [
    ...unknown.map((name) =>
      at(`initial.${name}`, { problem: `there is no column ${name}`, remedy: didYouMean(name, names) }),
    ),
    ...checkState(columns, initial).map(({ column, problem }) =>
      at(`initial.${column}`, { problem, remedy: "Give it a value of the column's type" }),
    ),
  ];
}

/** What makes events of a partition invalid says nothing of other partitions, where their copies are. */
function transactional(
  projection: Projection,
  aggregates: readonly Aggregate[],
  at: ProblemAt,
): readonly CatalogProblem[] {
  return aggregates
    .filter(({ topic, owned }) => projection.from.includes(topic) && owned?.transactions === true)
    .map(({ topic }) =>
      at("from", {
        problem: `topic ${topic} has transactions, which can become invalid when their events were folded long ago`,
        remedy: "Make the projection of other topics, or remove the hint transactions",
      }),
    );
}
