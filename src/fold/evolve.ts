import type { Aggregate, EventType } from "../catalog/types.ts";
import { EventQLError, messageOf } from "../errors.ts";
import type { Decider, State } from "../model/decider.ts";
import type { Payload, Value } from "../model/value.ts";
import type { Fold, WorkingDocument } from "./compile-fold.ts";
import { type Guard, givesItself, guardOf } from "./guarded.ts";
import { type Check, checkOf, isPlainObject } from "./stored-form.ts";

/** A state as rules are given it: of a document, its columns. */
export type StateOf = (document: Readonly<WorkingDocument>) => State;

/** Compiles what rules are given of an aggregate's documents. They may do with it what they like. */
export function stateOf({ columns }: Pick<Aggregate, "columns">): StateOf {
  return guardedFields(columns.map(({ name, type }) => ({ name, guard: guardOf(type.type) })));
}

/** Compiles what an event type does to documents by a decider's rule; undefined: hints say it. */
export function compileEvolve(aggregate: Aggregate, eventType: EventType): Fold | undefined {
  const decider = aggregate.owned?.decider;
  if (decider?.evolve === undefined) return undefined;
  const step = stepOf(decider, eventType);
  const give = stateOf(aggregate);
  const initial = { _id: "", ...decider.initial };
  const payloadOf = payloadGuard(eventType);
  const store = compileStore(aggregate);
  return (document, key, payload) => {
    try {
      const after = step(give(document ?? initial), payloadOf(payload));
      return after === undefined ? undefined : store(key, after, document);
    } catch (error) {
      const rule = `evolve.${eventType.name} of the decider of ${aggregate.name}`;
      throw new EventQLError("EVENT_INVALID", `${rule} failed: ${messageOf(error)}`, { cause: error });
    }
  };
}

/** Compiles what rules are given of the events of a type. */
export function payloadGuard({ record }: Pick<EventType, "record">): (payload: Payload) => Payload {
  return guardedFields(record.fields.map(({ name, type }) => ({ name, guard: guardOf(type.type) })));
}

type Step = (state: State, payload: Payload) => State | undefined;

function stepOf({ evolve }: Decider, { name }: EventType): Step {
  const step = evolve !== undefined && Object.hasOwn(evolve, name) ? evolve[name] : undefined;
  return (state, payload) => {
    if (step === undefined) throw new TypeError("there is no such rule");
    return step(state, payload);
  };
}

interface GuardedField {
  readonly name: string;
  readonly guard: Guard;
}

function guardedFields(fields: readonly GuardedField[]): (of: Readonly<Record<string, Value | undefined>>) => Payload {
  return (of) => {
    const given: Record<string, Value> = {};
    for (const { name, guard } of fields) {
      const value = ownOf(of, name);
      if (value !== undefined) given[name] = guard(value);
    }
    return given;
  };
}

/** What an object has under a name of its own: a column may be called `constructor`, as something that all objects have is. */
export function ownOf<T>(of: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(of, name) ? of[name] : undefined;
}

interface StoredColumn {
  readonly name: string;
  readonly nullable: boolean;
  readonly guard: Guard;
  readonly check: Check;
  /** Whether it fits for certain where it is what the rule was given. */
  readonly isKnown: boolean;
}

/** Makes a document of the state that a rule returned. `before`: the document whose state it was given, if there was one. */
export type Store = (key: string, state: unknown, before: Readonly<WorkingDocument> | undefined) => WorkingDocument;

/** Compiles how states that rules return are stored: what doesn't fit the columns is an error of the rule. */
export function compileStore({ name: aggregate, columns }: Pick<Aggregate, "name" | "columns">): Store {
  const stored = columns.map(({ name, type }): StoredColumn => {
    const guard = guardOf(type.type);
    return { name, nullable: type.nullable, guard, check: checkOf(type), isKnown: givesItself(guard) };
  });
  const names = new Set(columns.map(({ name }) => name));
  return (key, state, before) => {
    if (!isState(state)) throw new TypeError("it returned no state: return an object of columns, or undefined");
    const document: WorkingDocument = { _id: key };
    for (const column of stored) {
      const value = ownOf(state, column.name);
      if (value === undefined) {
        if (!column.nullable) throw new TypeError(`column ${column.name} is missing, and can't be null`);
      } else document[column.name] = storedValue(column, value, before && ownOf(before, column.name));
    }
    for (const name of Object.keys(state))
      if (!names.has(name) && state[name] !== undefined) throw new TypeError(`${aggregate} has no column ${name}`);
    return document;
  };
}

function storedValue({ name, check, guard, isKnown }: StoredColumn, value: Value, before: Value | undefined): Value {
  if (isKnown && value === before) return value;
  const wrong = check(value, `column ${name}`);
  if (wrong !== undefined) throw new TypeError(wrong);
  return guard(value);
}

/** What its columns hold is checked one by one. */
function isState(value: unknown): value is State {
  return isPlainObject(value);
}
