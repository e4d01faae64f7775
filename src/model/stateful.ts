import { EventQLError } from "../errors.ts";
import type { PayloadOf, Rejection, StateOf, TypedMessage } from "./decider.ts";
import type { ColumnsOf, StreamEventOf, TypedProjection } from "./define-projection.ts";
import type { EventContext, StreamEvent } from "./event-context.ts";
import { type Branch, type EmittedEvent, type Projection, type ProjectionRule, Transition } from "./projection.ts";
import { PassedEvent, type TypedTransition, type WrittenEvent } from "./transition.ts";
import { type StatefulSource, filteredRules } from "./stateful-steps.ts";
import type { Payload } from "./value.ts";

/** What every function with state has: the state's name, which is a type in GraphQL, its columns, and how it begins. */
export interface StatefulSettings<Document extends object>
  extends
    Pick<Projection, "name">,
    Partial<Pick<Projection, "plural" | "doc" | "indexes" | "previous" | "tombstones" | "version" | "commit">> {
  /** The columns of the states, by their names, as Avro types. */
  readonly columns: ColumnsOf<Document>;
  /** Those of the columns that the API never shows. Default: none. */
  readonly hidden?: readonly (keyof StateOf<Document> & string)[];
  /** What the first event of a key is folded into. */
  readonly initial: StateOf<Document>;
}

/** A rule for each event type that has one, by what it returns. */
type Rules<Document extends object, Event extends TypedMessage, Result> = {
  readonly [Type in Event["type"]]?: (
    state: StateOf<Document>,
    payload: PayloadOf<Event, Type>,
    context: EventContext,
  ) => Result;
};

/** A state that events are folded into: a table. */
export interface ReduceRules<Document extends object, Event extends TypedMessage> extends StatefulSettings<Document> {
  /** By event types, the state behind an event; undefined deletes it. Types without a rule change nothing. Pure. */
  readonly evolve: Rules<Document, Event, StateOf<Document> | undefined>;
}

/** A state that events are folded into, and events that follow from them. */
export interface ProcessRules<
  Document extends object,
  Event extends TypedMessage,
  Out extends TypedMessage,
> extends StatefulSettings<Document> {
  /**
   * By event types, what an event leads to: `transition(state, event("…", …))`, or a state alone; undefined deletes it. Types
   * without a rule change nothing. Pure: the same state and event lead to the same, however often that is done.
   */
  readonly rules: Rules<Document, Event, TypedTransition<Document, Out> | StateOf<Document> | undefined>;
}

/** A state that tells which events are valid. */
export interface ValidateRules<Document extends object, Event extends TypedMessage> extends StatefulSettings<Document> {
  /**
   * By event types, the state behind a valid event, or `reject(code, message)`, which leaves the state as it is. Events of
   * types without a rule are valid, and change nothing. Pure.
   */
  readonly rules: Rules<Document, Event, StateOf<Document> | Rejection>;
}

/** A function with state, whose events are to be written somewhere. */
export interface ProcessEnd<Document extends object, Event extends TypedMessage, Out extends TypedMessage> {
  /** Writes the events to a topic. */
  to(topic: string): TypedProjection<Document, Event>;
  /** Writes each event to the first of the topics whose test holds; where none does, nowhere. */
  branch(tests: Readonly<Record<string, (event: WrittenEvent<Out>) => boolean>>): TypedProjection<Document, Event>;
}

/** Where a validation's rejected events go. */
export interface RejectedTo {
  /** Absent: nowhere. */
  readonly rejected?: string;
}

/** A validation, whose events are to be written somewhere. */
export interface ValidateEnd<Document extends object, Event extends TypedMessage> {
  /**
   * Passes valid events on to a topic, with their bytes, headers and keys; rejected ones to another one, with the headers
   * `eventql_rejected` and `eventql_rejected_message`, or nowhere.
   */
  to(topic: string, others?: RejectedTo): TypedProjection<Document, Event>;
}

/** Folds events into a table. */
export function reduceInto<Document extends object, Event extends TypedMessage>(
  source: StatefulSource,
  rules: ReduceRules<Document, Event>,
): TypedProjection<Document, Event>;
export function reduceInto(source: StatefulSource, rules: AnyReduce): Projection {
  return reduced(source, rules);
}

/** Folds events into states, and writes what follows from them. */
export function processInto<Document extends object, Event extends TypedMessage, Out extends TypedMessage>(
  source: StatefulSource,
  rules: ProcessRules<Document, Event, Out>,
): ProcessEnd<Document, Event, Out>;
export function processInto(source: StatefulSource, rules: AnyProcess): AnyProcessEnd {
  return processed(source, rules);
}

/** Tells valid events from others by a state. */
export function validateInto<Document extends object, Event extends TypedMessage>(
  source: StatefulSource,
  rules: ValidateRules<Document, Event>,
): ValidateEnd<Document, Event>;
export function validateInto(source: StatefulSource, { rules, ...settings }: AnyValidate): AnyValidateEnd {
  if (Object.hasOwn(settings.columns, "rejected"))
    throw invalid(
      settings.name,
      'has a column "rejected", by which a rejection is told from a state: call it otherwise',
    );
  const evolve = Object.fromEntries(
    Object.entries(rules).map(([type, rule]) => [type, rule === undefined ? undefined : judged(type, rule)]),
  );
  const madeOf = JSON.stringify(Object.entries(rules).map(([type, rule]) => [type, textOf(rule)]));
  return {
    to(topic, { rejected } = {}) {
      const valid: Branch = { topic, test: isValid };
      const emits = checkedBranches(settings.name, rejected === undefined ? [valid] : [valid, { topic: rejected }]);
      const from = { ...source, madeOf: `${source.madeOf ?? ""}${madeOf}` };
      return { ...statefulProjection(from, settings, { evolve, otherwise: passedOn, emits }), passes: true };
    },
  };
}

function reduced(source: StatefulSource, { evolve, ...rules }: AnyReduce): Projection {
  return statefulProjection(source, rules, { evolve });
}

function processed(source: StatefulSource, { rules: evolve, ...settings }: AnyProcess): AnyProcessEnd {
  const branched = (emits: readonly Branch[]): Projection =>
    statefulProjection(source, settings, { evolve, emits: checkedBranches(settings.name, emits) });
  return {
    to: (topic) => branched([{ topic }]),
    branch: (tests) => branched(Object.entries(tests).map(([topic, test]) => ({ topic, test }))),
  };
}

type AnySettings = Pick<Projection, "name" | "columns" | "initial"> &
  Partial<Pick<Projection, "plural" | "doc" | "indexes" | "previous" | "tombstones" | "version" | "commit" | "hidden">>;
type Step = ProjectionRule["step"];
type Test = NonNullable<Branch["test"]>;
type Judge = (state: Payload, payload: Payload, context: EventContext) => Payload | Rejection;
type Steps = Readonly<Record<string, Step | undefined>>;
type AnyReduce = AnySettings & { readonly evolve: Steps };
type AnyProcess = AnySettings & { readonly rules: Steps };
type AnyValidate = AnySettings & { readonly rules: Readonly<Record<string, Judge | undefined>> };

interface AnyProcessEnd {
  to(topic: string): Projection;
  branch(tests: Readonly<Record<string, Test>>): Projection;
}

interface AnyValidateEnd {
  to(topic: string, others?: RejectedTo): Projection;
}

type Own = Pick<Projection, "otherwise" | "emits"> & { readonly evolve: Steps };

function statefulProjection(source: StatefulSource, settings: AnySettings, { evolve, ...own }: Own): Projection {
  const { hidden = [], indexes = [], previous = false, version = 1, commit = "batch", ...given } = settings;
  const keepsKeys = source.from.length === 1 && source.key === undefined;
  const { tombstones = keepsKeys ? "delete" : "ignore" } = settings;
  const defaults = { hidden, indexes, previous, tombstones, version, commit };
  const { where: _, madeOf: __, ...from } = source;
  const rules = filteredRules(source, { ...own, evolve: presentOf(evolve) });
  return { kind: "projection", ...from, ...given, ...defaults, ...own, ...rules };
}

function presentOf(steps: Steps): Projection["evolve"] {
  return Object.fromEntries(
    Object.entries(steps).flatMap(([type, step]) => (step === undefined ? [] : [[type, step]])),
  );
}

/** A rejected event leaves the state as it was, and whether there is one. */
function judged(type: string, rule: Judge): Step {
  return (state, payload, context) => {
    const verdict = rule(state, payload, context);
    return isRejection(verdict)
      ? new Transition(undefined, [new PassedEvent(type, payload, verdict)], true)
      : new Transition(verdict, [new PassedEvent(type, payload)]);
  };
}

function passedOn(_state: Payload, { type, payload }: StreamEvent): Transition {
  return new Transition(undefined, [new PassedEvent(type, payload)], true);
}

function isValid(event: EmittedEvent): boolean {
  return !(event instanceof PassedEvent) || event.rejection === undefined;
}

/** No state has a column of that name. */
function isRejection(verdict: Payload | Rejection): verdict is Rejection {
  return typeof verdict === "object" && Object.hasOwn(verdict, "rejected");
}

function textOf(rule: Judge | undefined): string {
  return String(rule).replace(/\s+/g, " ");
}

function checkedBranches(name: string, branches: readonly Branch[]): readonly Branch[] {
  if (branches.length === 0) throw invalid(name, "has no branch: name a topic at least");
  for (const { topic } of branches)
    if (typeof topic !== "string" || topic === "")
      throw invalid(name, "writes to a topic without a name: give its name");
  return branches;
}

function invalid(name: string, what: string): EventQLError {
  return new EventQLError("CONFIG_INVALID", `The stream ${name} ${what}.`);
}

/** Where the events of a join come from. */
export interface JoinSource<Event extends TypedMessage> extends Pick<Projection, "from" | "partitions"> {
  /** Under which keys an event counts: one, several, or none. Absent: its own. */
  readonly key?: (event: StreamEventOf<Event>) => string | readonly string[] | undefined;
}

/**
 * Merges several topics into one intermediate topic by a key, and folds what it has into states: with `evolve`, into a table;
 * with `rules`, which also write events: `join({ … }).to("topic")`.
 */
export function join<Document extends object, Event extends TypedMessage>(
  rules: JoinSource<Event> & ReduceRules<Document, Event>,
): TypedProjection<Document, Event>;
export function join<Document extends object, Event extends TypedMessage, Out extends TypedMessage>(
  rules: JoinSource<Event> & ProcessRules<Document, Event, Out>,
): ProcessEnd<Document, Event, Out>;
export function join({
  from,
  key,
  partitions,
  ...rules
}: StatefulSource & (AnyReduce | AnyProcess)): Projection | AnyProcessEnd {
  const source = { from, ...(key && { key }), ...(partitions !== undefined && { partitions }) };
  if (from.length < 2)
    throw invalid(rules.name, `joins ${from.length} topics: name two or more, or begin with stream(…)`);
  return "evolve" in rules ? reduced(source, rules) : processed(source, rules);
}
