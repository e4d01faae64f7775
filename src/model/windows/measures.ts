import type { TypedMessage } from "../decider.ts";
import type { StreamEventOf } from "../define-projection.ts";
import type { AvroType } from "../projection.ts";
import type { Payload, Value } from "../value.ts";

/** Any event, where nobody says which types there are. */
export interface AnyMessage extends TypedMessage {
  readonly payload: Payload;
}

/** What is taken of an event: a field, by its name, or what a function makes of it. Undefined and null count as nothing. */
export type Of<Event extends TypedMessage> = string | ((event: StreamEventOf<Event>) => Value | undefined);

/** A value of a window that its events make together. */
export type Measure<Event extends TypedMessage = AnyMessage> =
  | { readonly measure: "count" }
  | { readonly measure: "sum" | "avg" | "min" | "max" | "last"; readonly of: Of<Event>; readonly type: AvroType }
  | { readonly measure: "distinct"; readonly of: Of<Event>; readonly atMost: number };

/** How many different values a window counts, unless it is told to count more. */
const DISTINCT_VALUES = 10_000;

/** How many events there are: a long. */
export function count<Event extends TypedMessage = AnyMessage>(): Measure<Event> {
  return { measure: "count" };
}

/**
 * The sum, exact whatever the order of the events: of ints and longs a long, of decimals a decimal of as many digits behind
 * the point, of floats and doubles the double that is nearest. 0 where no event has a value. `type`: that of the field.
 */
export function sum<Event extends TypedMessage = AnyMessage>(of: Of<Event>, type: AvroType): Measure<Event> {
  return { measure: "sum", of, type };
}

/**
 * The average, of an exact sum: of decimals a decimal of four more digits behind the point, else a double; null where no
 * event has a value. `type`: that of the field.
 */
export function avg<Event extends TypedMessage = AnyMessage>(of: Of<Event>, type: AvroType): Measure<Event> {
  return { measure: "avg", of, type };
}

/** The smallest value in Avro's order, null where no event has one. `type`: that of the field. */
export function min<Event extends TypedMessage = AnyMessage>(of: Of<Event>, type: AvroType): Measure<Event> {
  return { measure: "min", of, type };
}

/** The greatest value in Avro's order, null where no event has one. `type`: that of the field. */
export function max<Event extends TypedMessage = AnyMessage>(of: Of<Event>, type: AvroType): Measure<Event> {
  return { measure: "max", of, type };
}

/**
 * The value of the newest event that has one, by when it happened; of events of the same moment, that of the topic, the
 * partition and the offset that come last. Null where no event has one. `type`: that of the field.
 */
export function last<Event extends TypedMessage = AnyMessage>(of: Of<Event>, type: AvroType): Measure<Event> {
  return { measure: "last", of, type };
}

/**
 * How many different values there are: an int, exact. The values are kept in a hidden column, at most `atMost` of them
 * (default 10,000): an event with one more is a dead letter.
 */
export function distinct<Event extends TypedMessage = AnyMessage>(
  of: Of<Event>,
  { atMost = DISTINCT_VALUES }: { readonly atMost?: number } = {},
): Measure<Event> {
  return { measure: "distinct", of, atMost };
}

/** The type of decimals of so many digits, so many of them behind the point: `sum("amount", decimal(12, 2))`. */
export function decimal(precision: number, scale = 0): AvroType {
  return { type: "bytes", logicalType: "decimal", precision, scale };
}
