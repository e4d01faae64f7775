import type { State } from "../decider.ts";
import type { StreamEvent } from "../event-context.ts";
import type { AvroType } from "../projection.ts";
import type { Value } from "../value.ts";
import { type Kind, ORDERED, kindOf, nullable } from "./avro-kind.ts";
import { type Columns, totalOf } from "./totals.ts";
import type { AnyMessage, Measure, Of } from "./measures.ts";
import { compareAs, textOf, valueAs } from "./values.ts";

/** A measure as columns of a window's document. */
export interface CompiledMeasure {
  /** Its own, by the measure's name, and those that it needs besides, which are hidden. */
  readonly columns: Columns;
  /** The columns before any event, as far as they can't be null. */
  readonly initial: State;
  /** The columns that an event gives another value. @throws TypeError where the event's value isn't of the measure's type. */
  fold(state: State, event: StreamEvent): State;
}

const UNCHANGED: State = {};

/** Compiles a measure of a name. @throws TypeError where its type has no order, or is none that can be added up. */
export function compileMeasure(name: string, measure: Measure): CompiledMeasure {
  switch (measure.measure) {
    case "count":
      return countOf(name);
    case "distinct":
      return distinctOf(name, measure);
    case "last":
      return lastOf(name, measure);
    default:
      return compileTyped(name, measure);
  }
}

function countOf(name: string): CompiledMeasure {
  return {
    columns: { [name]: "long" },
    initial: { [name]: 0n },
    fold: (state) => {
      const counted = state[name];
      return { [name]: (typeof counted === "bigint" ? counted : 0n) + 1n };
    },
  };
}

/** What a measure takes of an event; undefined: nothing. */
export function takes(of: Of<AnyMessage>): (event: StreamEvent) => Value | undefined {
  if (typeof of === "function") return (event) => of(event) ?? undefined;
  return ({ payload }) => (Object.hasOwn(payload, of) ? (payload[of] ?? undefined) : undefined);
}

type Typed = Extract<Measure, { readonly measure: "sum" | "avg" | "min" | "max" | "last" }>;

function compileTyped(name: string, { measure, of, type }: Typed): CompiledMeasure {
  const kind = kindOf(type);
  if (kind === undefined) throw new TypeError(`${name} can't be the ${measure} of ${JSON.stringify(type)}: ${ORDERED}`);
  const take = takes(of);
  const what = typeof of === "string" ? `field ${of}` : `the value for ${name}`;
  const step =
    measure === "min" || measure === "max" ? extremeOf(name, kind, type, measure) : totalOf(name, kind, measure);
  return {
    columns: step.columns,
    initial: step.initial,
    fold: (state, event) => {
      const value = take(event);
      return value === undefined ? UNCHANGED : step.fold(state, valueAs(kind, value, what));
    },
  };
}

/** What a value of an event changes. */
interface Step {
  readonly columns: Columns;
  readonly initial: State;
  fold(state: State, value: Value): State;
}

function extremeOf(name: string, kind: Kind, type: AvroType, measure: "min" | "max"): Step {
  const sign = measure === "max" ? 1 : -1;
  return {
    columns: { [name]: nullable(type) },
    initial: {},
    fold: (state, value) => {
      const known = state[name] ?? undefined;
      return known === undefined || compareAs(kind, value, known) * sign > 0 ? { [name]: value } : UNCHANGED;
    },
  };
}

function lastOf(name: string, { of, type }: Typed): CompiledMeasure {
  const take = takes(of);
  const at = `${name}_at`;
  return {
    columns: { [name]: nullable(type), [at]: nullable("string") },
    initial: {},
    fold: (state, event) => {
      const value = take(event);
      if (value === undefined) return UNCHANGED;
      const place = placeOf(event);
      const newest = state[at];
      return typeof newest === "string" && newest >= place ? UNCHANGED : { [name]: value, [at]: place };
    },
  };
}

/** The greatest distance of a date from 1970, in ms. */
const LAST_DATE = 8_640_000_000_000_000n;

/** Texts in the order of the events' times; of one moment, in that of the log. */
function placeOf({ time, topic, partition, offset }: StreamEvent): string {
  const moment = String(BigInt(time.getTime()) + LAST_DATE).padStart(17, "0");
  return `${moment}/${topic}/${String(partition).padStart(6, "0")}/${String(offset).padStart(16, "0")}`;
}

function distinctOf(name: string, { of, atMost }: Extract<Measure, { readonly measure: "distinct" }>): CompiledMeasure {
  const take = takes(of);
  const column = `${name}_values`;
  return {
    columns: { [name]: "int", [column]: { type: "array", items: "string" } },
    initial: { [name]: 0, [column]: [] },
    fold: (state, event) => {
      const value = take(event);
      if (value === undefined) return UNCHANGED;
      const known = textsOf(state[column]);
      const text = textOf(value);
      const place = placeIn(known, text);
      if (known[place] === text) return UNCHANGED;
      if (known.length >= atMost)
        throw new RangeError(`${name} has more than ${atMost} different values: raise its atMost`);
      return { [name]: known.length + 1, [column]: known.toSpliced(place, 0, text) };
    },
  };
}

/** Where a text is in a sorted list, or would be. */
function placeIn(sorted: readonly string[], text: string): number {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >>> 1;
    if ((sorted[middle] ?? "") < text) from = middle + 1;
    else to = middle;
  }
  return from;
}

function textsOf(value: Value | undefined): readonly string[] {
  const isText = (item: Value): item is string => typeof item === "string";
  return isList(value) ? value.filter(isText) : [];
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
