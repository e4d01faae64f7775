import type { Projection } from "../../model/projection.ts";
import { isIntermediate } from "../../model/origin.ts";
import type { AggregatePlan } from "../aggregate-plans.ts";
import type { EventSource } from "../event-sources.ts";
import { type CatalogProblem, didYouMean } from "../problems.ts";
import { type ProblemAt, lockedAs, problemAt } from "./projection-place.ts";
import { projectedSource } from "./projected-source.ts";

/** What projections in code are planned with. */
export interface ProjectionSources {
  /** The event types that are served. */
  readonly events: readonly EventSource[];
  /** What else is called by a name of its own: streams. */
  readonly taken: readonly string[];
}

/** Projections in code as aggregates in the making, and what is wrong with them. */
export interface ProjectionPlans {
  readonly plans: readonly AggregatePlan[];
  readonly problems: readonly CatalogProblem[];
}

/** Plans the aggregates of projections in code; of several that have one name the first. */
export function planProjections(
  projections: readonly Projection[],
  { events, taken }: ProjectionSources,
): ProjectionPlans {
  const problems: CatalogProblem[] = [];
  const names = new Set(taken);
  const plans = projections.flatMap((projection): readonly AggregatePlan[] => {
    const isNew = !names.has(projection.name);
    const ofTopics = topicProblems(projection, events);
    problems.push(...nameProblems(projection, isNew), ...settingProblems(projection), ...ofTopics);
    if (!isNew) return [];
    names.add(projection.name);
    const planned = planOf(projection, events);
    // The types of topics that aren't there can't be found.
    if (ofTopics.length === 0) problems.push(...planned.problems);
    return [planned.plan];
  });
  return { plans, problems };
}

function planOf(
  projection: Projection,
  events: readonly EventSource[],
): { readonly plan: AggregatePlan; readonly problems: readonly CatalogProblem[] } {
  const { name, plural, from } = projection;
  const topic = lockedAs(name);
  const own = events.filter((event) => from.includes(event.topic));
  const { source, problems } = projectedSource(projection, topic, own);
  const plan = { key: topic, topic, name, plural, sources: [], state: source, records: [source], projection };
  return { plan, problems };
}

function nameProblems(projection: Projection, isNew: boolean): readonly CatalogProblem[] {
  const { name, plural } = projection;
  const at = problemAt(projection);
  const problems: CatalogProblem[] = [];
  if (!isNew) {
    const problem = "another projection or stream has its name";
    problems.push(at("name", { problem, remedy: "Give each a name of its own" }));
  }
  if (!/^[A-Z][_0-9A-Za-z]*$/.test(name))
    problems.push(at("name", { problem: `${JSON.stringify(name)} is no name in PascalCase`, remedy: CASED }));
  if (plural !== undefined && !/^[a-z][_0-9A-Za-z]*$/.test(plural))
    problems.push(at("plural", { problem: `${JSON.stringify(plural)} is no name in lowerCamelCase`, remedy: CASED }));
  return problems;
}

const CASED = "Write it as OrderSummary, its plural as orderSummaries";

function topicProblems(projection: Projection, events: readonly EventSource[]): readonly CatalogProblem[] {
  const { from } = projection;
  const at = problemAt(projection);
  const topics = [...new Set(events.map(({ topic }) => topic))];
  if (from.length === 0)
    return [at("from", { problem: "it is from no topic", remedy: "Name the topics whose events it folds" })];
  return from.flatMap((topic, index): readonly CatalogProblem[] => {
    if (from.indexOf(topic) !== index)
      return [at("from", { problem: `it names topic ${topic} twice`, remedy: "Name it once" })];
    if (isIntermediate(topic)) {
      const problem = `topic ${topic} is one that EventQL makes for itself`;
      return [at("from", { problem, remedy: "Name the topics that its events come from" })];
    }
    if (topics.includes(topic)) return [];
    return [at("from", { problem: `there are no event types on topic ${topic}`, remedy: didYouMean(topic, topics) })];
  });
}

/** What the types of `projection()` rule out, for those who write without them. */
function settingProblems(projection: Projection): readonly CatalogProblem[] {
  const { key, evolve, otherwise, tombstones, partitions, columns } = projection;
  const at = problemAt(projection);
  const problems: CatalogProblem[] = [...wordProblems(projection, at)];
  if (key !== undefined && typeof key !== "function")
    problems.push(at("key", { problem: "it is no function", remedy: "Write (event) => …, or leave it out" }));
  if (key !== undefined && tombstones === "delete") {
    const problem = "a tombstone says nothing that its key could be told by";
    problems.push(at("tombstones", { problem, remedy: 'Leave it out, or make it "ignore"' }));
  }
  for (const [name, rule] of Object.entries(evolve))
    if (typeof rule !== "function")
      problems.push(at(`evolve.${name}`, { problem: "it is no function", remedy: "Write (state, payload) => …" }));
  if (Object.keys(evolve).length === 0 && otherwise === undefined)
    problems.push(at("evolve", { problem: "it has no rule", remedy: "Say by event types what they do" }));
  if (partitions !== undefined && !(Number.isInteger(partitions) && partitions > 0))
    problems.push(at("partitions", { problem: `there can't be ${partitions}`, remedy: "Give a whole number above 0" }));
  if (Object.keys(columns).length === 0)
    problems.push(at("columns", { problem: "it has none", remedy: 'Name them with their types: { total: "long" }' }));
  return problems;
}

/** Whatever else is said of a projection would be passed over in silence. */
function wordProblems(projection: Projection, at: ProblemAt): readonly CatalogProblem[] {
  const unknown = Object.keys(projection).filter((setting) => !SETTINGS.has(setting));
  const { tombstones, commit } = projection;
  return [
    ...unknown.map((setting) =>
      at(setting, { problem: "there is no such setting", remedy: didYouMean(setting, TOLD) }),
    ),
    ...wordProblem("tombstones", tombstones, ["delete", "ignore"], at),
    ...wordProblem("commit", commit, ["batch", "event"], at),
  ];
}

function wordProblem(
  setting: string,
  word: string,
  known: readonly string[],
  at: ProblemAt,
): readonly CatalogProblem[] {
  if (known.includes(word)) return [];
  return [at(setting, { problem: `it is ${JSON.stringify(word)}`, remedy: `Give "${known.join('" or "')}"` })];
}

/** What people say of a projection. */
const TOLD: readonly string[] =
  "name,plural,doc,from,key,partitions,columns,hidden,indexes,previous,initial,evolve,tombstones,version,commit".split(
    ",",
  );

/** What is told by how it was made, besides. */
const SETTINGS = new Set([...TOLD, "kind", "otherwise", "madeOf", "keyMadeOf", "emits", "fields", "passes"]);
