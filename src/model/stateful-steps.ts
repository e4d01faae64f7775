import type { EventContext, StreamEvent } from "./event-context.ts";
import { type Projection, type ProjectionRule, Transition } from "./projection.ts";
import { type StreamParts, invalid } from "./stream-ends.ts";
import type { StreamStep } from "./stream.ts";
import type { Payload } from "./value.ts";

/** Where the events of a function with state come from: topics, and a rule for the key under which each counts. */
export type StatefulSource = Pick<Projection, "from" | "key" | "partitions"> & {
  /** Which events count; absent: all do. */
  readonly where?: (event: StreamEvent) => boolean;
  /** What the text of the key rule doesn't show of it: the functions of steps before the state. */
  readonly madeOf?: string;
};

type Keys = readonly string[];

/**
 * What the steps before a function with state come to: a rule for the key under which each event counts.
 * @throws EventQLError `CONFIG_INVALID` for steps that make new events: those have to be written to a topic first.
 */
export function sourceOf({ from, steps }: StreamParts): StatefulSource {
  const making = steps.find(({ kind }) => kind === "map" || kind === "call");
  if (making !== undefined) {
    const what = making.kind === "call" ? "call" : "map or flatMap";
    throw invalid(
      `a function with state follows ${what}, whose events are stored nowhere: write them to a topic first, .to("words"), and go on from there by stream("words")`,
    );
  }
  if (steps.length === 0) return { from };
  const madeOf = steps.map(textOf).join("; ");
  // Who only leaves events out needs no copy of the topic under other keys.
  const isFilter = from.length === 1 && steps.every(({ kind }) => kind === "filter");
  if (isFilter) return { from, where: (event) => keysAfter(steps, event).length > 0, madeOf };
  return { from, key: (event) => keysAfter(steps, event), madeOf };
}

/** Rules that events pass by which a filter leaves out; what they are made of is told by their text. */
export function filteredRules(
  { where, madeOf = "" }: StatefulSource,
  { evolve, otherwise }: Pick<Projection, "evolve" | "otherwise">,
): Pick<Projection, "evolve" | "otherwise" | "madeOf"> {
  if (where === undefined) return { evolve, ...(otherwise && { otherwise }), ...(madeOf !== "" && { madeOf }) };
  const rules = Object.entries(evolve);
  const filtered = rules.map(([type, step]) => [type, filteredStep(type, step, where)]);
  const texts = rules.map(([type, step]) => `${type} ${String(step).replace(/\s+/g, " ")}`);
  return {
    evolve: Object.fromEntries(filtered),
    ...(otherwise && { otherwise: (state, event) => (where(event) ? otherwise(state, event) : UNCHANGED) }),
    madeOf: [madeOf, ...texts].join("; "),
  };
}

const UNCHANGED = new Transition(undefined, [], true);

type Step = ProjectionRule["step"];

function filteredStep(type: string, step: Step, where: NonNullable<StatefulSource["where"]>): Step {
  return (state: Payload, payload: Payload, context: EventContext) =>
    where({ ...context, type, payload }) ? step(state, payload, context) : UNCHANGED;
}

function keysAfter(steps: readonly StreamStep[], event: StreamEvent): Keys {
  let keys: Keys = [event.key];
  for (const step of steps) {
    if (step.topics !== undefined && !step.topics.includes(event.topic)) continue;
    keys = keys.flatMap((key) => keysThrough(step, { ...event, key }));
  }
  return keys;
}

function keysThrough(step: StreamStep, event: StreamEvent): Keys {
  if (step.kind === "filter") return step.test(event) ? [event.key] : [];
  if (step.kind !== "key") return [event.key];
  const said = step.keysOf(event);
  return said === undefined ? [] : typeof said === "string" ? [said] : said;
}

function textOf(step: StreamStep): string {
  const text = Object.values(step)
    .filter((value) => typeof value === "function")
    .join(" ");
  const topics = step.topics === undefined ? "" : ` of ${step.topics.join(", ")}`;
  return `${step.kind}${topics} ${text.replace(/\s+/g, " ")}`;
}
