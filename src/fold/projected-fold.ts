import type { Aggregate, Column, EventType } from "../catalog/types.ts";
import { EventQLError, isEventQLError, messageOf } from "../errors.ts";
import type { State } from "../model/decider.ts";
import type { EventContext } from "../model/event-context.ts";
import { contextOf } from "../model/origin.ts";
import { type Projection, Transition } from "../model/projection.ts";
import type { Payload } from "../model/value.ts";
import type { Fold, FoldStep, WorkingDocument } from "./compile-fold.ts";
import type { Emit } from "./emit.ts";
import { compileStore, ownOf, payloadGuard, stateOf } from "./evolve.ts";
import { checkOf } from "./stored-form.ts";

/** An event type that is folded by a projection in code. */
interface ProjectedEvents {
  readonly eventType: EventType;
  /** Absent: rules write no events. */
  readonly emit: Emit | undefined;
}

/** Compiles what an event type does to the documents of a projection in code; undefined: nothing, for no rule has it. */
export function compileProjected(
  aggregate: Pick<Aggregate, "name" | "columns">,
  projection: Projection,
  { eventType, emit }: ProjectedEvents,
): Fold | undefined {
  const rule = ruleOf(projection, eventType);
  if (rule === undefined) return undefined;
  const give = stateOf(aggregate);
  const payloadOf = payloadGuard(eventType);
  const store = compileStore(aggregate);
  const initial = { _id: "", ...projection.initial };
  return (document, key, payload, step) => {
    if (step === undefined) throw new TypeError(`${aggregate.name} is folded by the projector alone`);
    const context = contextOf(step.record, key);
    try {
      const after = rule.step(give(document ?? initial), payloadOf(payload), context);
      const state = after instanceof Transition ? after.state : after;
      const keeps = after instanceof Transition && after.keeps;
      const next = keeps ? document : storedState(store, key, state, document);
      // Builds that aren't read leave the writing to the one that is.
      const isElsewhere = emit === undefined && projection.emits !== undefined;
      if (after instanceof Transition && !isElsewhere) write(after, { key, context, step, emit });
      if (keeps) step.keep();
      return next;
    } catch (error) {
      // What was wrong with an event that it wrote has a code of its own.
      const code = isEventQLError(error) ? error.code : "EVENT_INVALID";
      const message = `${rule.name} of the projection ${projection.name} failed: ${messageOf(error)}`;
      throw new EventQLError(code, message, { cause: error });
    }
  };
}

/** What of a projection's initial state doesn't fit its columns; names of no column are left to others. */
export function misfitsOf(
  columns: readonly Column[],
  state: State,
): readonly { readonly column: string; readonly problem: string }[] {
  return columns.flatMap(({ name, type }) => {
    const value = ownOf(state, name);
    if (value === undefined) return [];
    const problem = checkOf(type)(value, `column ${name}`);
    return problem === undefined ? [] : [{ column: name, problem: problem.replace(/\.$/, "") }];
  });
}

interface Rule {
  readonly name: string;
  step(state: State, payload: Payload, context: EventContext): State | Transition | undefined;
}

function ruleOf({ evolve, otherwise }: Projection, { name }: EventType): Rule | undefined {
  const own = Object.hasOwn(evolve, name) ? evolve[name] : undefined;
  if (own !== undefined) return { name: `evolve.${name}`, step: own };
  if (otherwise === undefined) return undefined;
  return {
    name: `the rule for ${name}`,
    step: (state, payload, context) => otherwise(state, { ...context, type: name, payload }),
  };
}

function storedState(
  store: ReturnType<typeof compileStore>,
  key: string,
  state: State | undefined,
  before: WorkingDocument | undefined,
): WorkingDocument | undefined {
  return state === undefined ? undefined : store(key, state, before);
}

interface Writing {
  readonly key: string;
  readonly context: EventContext;
  readonly step: FoldStep;
  readonly emit: Emit | undefined;
}

function write({ events }: Transition, { key, context, step, emit }: Writing): void {
  if (events.length === 0) return;
  const { offset, value } = step.record;
  if (emit === undefined || value === null)
    throw new TypeError(`it wrote ${events.length} events, and the projection has no topic for them`);
  step.write(emit(events, { context, key, offset, value }));
}
