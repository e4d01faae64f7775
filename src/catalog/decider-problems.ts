import type { Decider } from "../model/decider.ts";
import { CONFIG } from "./event-hints.ts";
import { type CatalogProblem, didYouMean } from "./problems.ts";
import { commandsTopicOf } from "./topic-kinds.ts";
import type { Aggregate, CommandType } from "./types.ts";

/** Deciders of what isn't there, and second ones of an aggregate. */
export function unknownDeciders(
  deciders: readonly Decider[],
  aggregates: readonly Aggregate[],
): readonly CatalogProblem[] {
  return deciders.flatMap((decider, index) => {
    const { aggregate, topic } = decider;
    if (deciders.slice(0, index).some((other) => other.aggregate === aggregate && other.topic === topic))
      return [at(decider, undefined, "the aggregate has two deciders", "Keep one of them")];
    const ofTopic = aggregates.filter((each) => each.topic === topic).map(({ name }) => name);
    if (ofTopic.includes(aggregate)) return [];
    if (ofTopic.length > 0)
      return [at(decider, "aggregate", `topic ${topic} has no aggregate ${aggregate}`, didYouMean(aggregate, ofTopic))];
    const topics = [...new Set(aggregates.map((each) => each.topic))];
    return [at(decider, "topic", `there are no event types on topic ${topic}`, didYouMean(topic, topics))];
  });
}

/** What is wrong with a decider of an aggregate that is there. */
export function deciderProblems(
  decider: Decider,
  { name, topic, columns, eventTypes }: Aggregate,
  commands: readonly CommandType[],
): readonly CatalogProblem[] {
  const { decide, evolve, initial } = decider;
  const commandNames = commands.map((command) => command.name);
  const problems = unknownNames(
    decider,
    "decide",
    decide,
    commandNames,
    `topic ${commandsTopicOf(topic)} has no command`,
  );
  if (evolve === undefined) return problems;
  const events = eventTypes.map((eventType) => eventType.name);
  const columnNames = columns.map((column) => column.name);
  const missing = events.filter((event) => !Object.hasOwn(evolve, event));
  return [
    ...problems,
    ...unknownNames(decider, "evolve", evolve, events, `topic ${topic} has no event type`),
    ...missing.map((event) =>
      at(
        decider,
        "evolve",
        `it doesn't say what ${event} does`,
        `Add evolve.${event}, which may return the state as it is`,
      ),
    ),
    ...(columns.length > 0
      ? unknownNames(decider, "initial", initial, columnNames, `${name} has no column`)
      : [at(decider, "evolve", `${name} has no columns to hold a state`, 'Add a record with the hint "state": true')]),
  ];
}

function unknownNames(
  decider: Decider,
  part: string,
  entries: object,
  known: readonly string[],
  problem: string,
): readonly CatalogProblem[] {
  return Object.keys(entries)
    .filter((name) => !known.includes(name))
    .map((name) => at(decider, `${part}.${name}`, `${problem} ${name}`, didYouMean(name, known)));
}

/** The topic keeps what it had, where the registry changed so that its decider doesn't fit any more. */
function at({ aggregate, topic }: Decider, field: string | undefined, problem: string, remedy: string): CatalogProblem {
  return { subject: `${CONFIG} decider of ${aggregate}`, topic, field, problem, remedy };
}
