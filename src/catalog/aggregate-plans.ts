import type { Projection } from "../model/projection.ts";
import type { EventSource } from "./event-sources.ts";
import type { CatalogProblem } from "./problems.ts";
import type { SkippedSubject } from "./types.ts";

/** An aggregate in the making: event types of one topic. */
export interface AggregatePlan {
  readonly key: string;
  readonly topic: string;
  /** As a hint names it; undefined: by the topic. */
  readonly name: string | undefined;
  /** As a hint names the list. */
  readonly plural: string | undefined;
  /** Its event types, at least one, in the order of their first registration. */
  readonly sources: readonly EventSource[];
  /** The record that has its columns; undefined: they are the fields of its event types. */
  readonly state: EventSource | undefined;
  /** Its event types and its state: a hint of the aggregate may stand on any of them. */
  readonly records: readonly EventSource[];
  /** Present: a projection in code makes its documents, of which no event type is its own. */
  readonly projection?: Projection;
}

/** The aggregates of all event types. */
export interface AggregatePlans {
  readonly plans: readonly AggregatePlan[];
  readonly skipped: readonly SkippedSubject[];
  readonly problems: readonly CatalogProblem[];
}

/**
 * Groups event types: those of a topic make an aggregate, unless hints name several. Where hints give topics the same
 * aggregate, one has it and the others are left out: a document has exactly one source partition.
 */
export function planAggregates(sources: readonly EventSource[]): AggregatePlans {
  const groups = Map.groupBy(sources, (source) => source.topic);
  const found = [...groups].flatMap(([topic, ofTopic]) => plansOf(topic, ofTopic));
  const all = found.filter((plan) => plan.sources.length > 0);
  const owners = ownersOf(all);
  const plans = all.filter((plan) => plan.name === undefined || owners.get(plan.name) === plan);
  const skipped = all
    .filter((plan) => !plans.includes(plan))
    .flatMap((plan) => plan.records.map((source) => spread(source, plan, owners)));
  const idle = found.filter((plan) => plan.sources.length === 0).flatMap((plan) => plan.records.map(withoutEvents));
  const problems = plans.flatMap((plan) => [...pluralProblems(plan), ...stateProblems(plan)]);
  return { plans, skipped: [...skipped, ...idle], problems };
}

function plansOf(topic: string, sources: readonly EventSource[]): readonly AggregatePlan[] {
  const names = [...new Set(sources.flatMap(({ hints }) => hints.aggregate ?? []))];
  const [only] = names;
  const fallback = names.length === 1 ? only : undefined;
  const byName = Map.groupBy(sources, ({ hints }) => hints.aggregate ?? fallback);
  return [...byName].map(([name, own]) => ({
    key: name === undefined ? topic : `${topic}/${name}`,
    topic,
    name,
    plural: own.find(({ hints }) => hints.plural !== undefined)?.hints.plural,
    sources: own.filter((source) => !isState(source)),
    state: own.find(isState),
    records: own,
  }));
}

/** The topic that the schema itself names has the aggregate, else the one that had it first. */
function ownersOf(plans: readonly AggregatePlan[]): ReadonlyMap<string, AggregatePlan> {
  const byName = Map.groupBy(
    plans.filter(({ name }) => name !== undefined),
    ({ name }) => name ?? "",
  );
  return new Map(
    [...byName].flatMap(([name, rivals]) =>
      rivals
        .toSorted(byClaim)
        .slice(0, 1)
        .map((plan) => [name, plan]),
    ),
  );
}

function byClaim(a: AggregatePlan, b: AggregatePlan): number {
  return Number(isNamed(b)) - Number(isNamed(a)) || firstId(a) - firstId(b) || (a.topic < b.topic ? -1 : 1);
}

function isState({ hints }: EventSource): boolean {
  return hints.state === true;
}

function isNamed({ topic, records }: AggregatePlan): boolean {
  return records.some(({ hints }) => hints.topic === topic);
}

function firstId({ sources }: AggregatePlan): number {
  return Math.min(...sources.map((source) => source.firstId));
}

function spread(
  { subject }: EventSource,
  { name, topic }: AggregatePlan,
  owners: ReadonlyMap<string, AggregatePlan>,
): SkippedSubject {
  const owner = owners.get(name ?? "")?.topic ?? "";
  return {
    subject,
    reason:
      `its aggregate ${name ?? ""} belongs to topic ${owner} already, and can't have events of ${topic} too: give it ` +
      'another name by the hint "aggregate"',
  };
}

function withoutEvents({ subject, topic }: EventSource): SkippedSubject {
  return { subject, reason: `it is a state by its hint "state", and topic ${topic} has no event types for it yet` };
}

function stateProblems({ records, state }: AggregatePlan): readonly CatalogProblem[] {
  return records.filter(isState).flatMap((source) => {
    const { subject, topic, record, fieldHints } = source;
    const twice = { problem: `both ${state?.record.name ?? ""} and ${record.name} are the state`, remedy: ONE_STATE };
    const calculated = [...fieldHints].filter(([, { effect = "set" }]) => effect !== "set");
    return [
      ...(source === state ? [] : [{ subject, topic, field: undefined, ...twice }]),
      ...calculated.map(([field, { effect = "" }]) => ({
        subject,
        topic,
        field,
        problem: `a field of a state has no effect, and this one ${effect}`,
        remedy: "Put the hint on the fields of event types",
      })),
    ];
  });
}

const ONE_STATE = 'Give the hint "state" to one of them';

function pluralProblems({ records, plural }: AggregatePlan): readonly CatalogProblem[] {
  return records
    .filter(({ hints }) => hints.plural !== undefined && hints.plural !== plural)
    .map(({ subject, topic, hints }) => ({
      subject,
      topic,
      field: undefined,
      problem: `the aggregate has two plurals, ${plural ?? ""} and ${hints.plural ?? ""}`,
      remedy: "Give the hint plural once",
    }));
}
