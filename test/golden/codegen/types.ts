/** Types of the events, commands and aggregates, written by eventql codegen: run it again in place of editing. */

/** A document of topic things. A column that may be null is absent until an event sets it. */
export type Thing = {
  /** The key of its events. */
  readonly _id: string;
  readonly a_boolean: boolean;
  readonly a_date: Date;
  readonly a_decimal: Decimal;
  readonly a_double: number;
  readonly a_fine_instant: TimestampMicros;
  readonly a_fine_local: LocalTimestampMicros;
  readonly a_fine_time: TimeMicros;
  readonly a_fixed: Uint8Array;
  readonly a_fixed_decimal: Decimal;
  readonly a_fixed_uuid: string;
  readonly a_float: number;
  readonly a_list_of_unions: readonly EverythingAListOfUnions[];
  readonly a_local: Date;
  readonly a_long: Long;
  readonly a_map: readonly MapEntry<readonly number[]>[];
  readonly a_null?: null;
  readonly a_nullable?: string | null;
  readonly a_renamed: number;
  readonly a_single: number;
  readonly a_string: string;
  readonly a_time: TimeMillis;
  readonly a_union?: EverythingAUnion | null;
  readonly a_uuid: string;
  readonly a_wrong_date: string;
  readonly a_wrong_decimal: Uint8Array;
  readonly an_array: readonly (string | null)[];
  readonly an_enum: Color;
  readonly an_instant: Date;
  readonly an_int: number;
  readonly an_unknown: Long;
  readonly some_bytes: Uint8Array;
};

/** An event of Thing. */
export type ThingEvent = { readonly type: "Everything"; readonly payload: Everything };

export type Everything = {
  readonly a_null: null;
  readonly a_boolean: boolean;
  readonly an_int: number;
  readonly a_long: Long;
  readonly a_float: number;
  readonly a_double: number;
  readonly a_string: string;
  readonly some_bytes: Uint8Array;
  readonly a_fixed: Uint8Array;
  readonly a_uuid: string;
  readonly a_fixed_uuid: string;
  readonly a_decimal: Decimal;
  readonly a_fixed_decimal: Decimal;
  readonly a_date: Date;
  readonly a_time: TimeMillis;
  readonly a_fine_time: TimeMicros;
  readonly an_instant: Date;
  readonly a_fine_instant: TimestampMicros;
  readonly a_local: Date;
  readonly a_fine_local: LocalTimestampMicros;
  readonly an_unknown: Long;
  readonly a_wrong_date: string;
  readonly a_wrong_decimal: Uint8Array;
  readonly an_array: readonly (string | null)[];
  readonly a_map: readonly MapEntry<readonly number[]>[];
  readonly an_enum: Color;
  readonly a_nullable: string | null;
  readonly a_single: number;
  readonly a_union: EverythingAUnion | null;
  readonly a_list_of_unions: readonly EverythingAListOfUnions[];
  readonly a_renamed: number;
};

/** Colours. */
export type Color = "RED" | "true" | "__x";

export type EverythingAListOfUnions =
  { readonly _type: "long"; readonly value: Long } | { readonly _type: "boolean"; readonly value: boolean };

export type EverythingAUnion =
  | { readonly _type: "int"; readonly value: number }
  | { readonly _type: "string"; readonly value: string }
  | { readonly _type: "t.Color"; readonly value: Color }
  | { readonly _type: "t.Point"; readonly value: Point };

export type Point = {
  readonly x: number;
  readonly y: number;
};

/** An exact decimal number, with the scale of its schema: `new Decimal("12.50")`, a class of eventql's. */
export type Decimal = { readonly text: string; toString(): string; toJSON(): string };

/** Microseconds since 1970-01-01T00:00:00 on the wall, in whatever time zone. */
export type LocalTimestampMicros = bigint;

/** An integer of 64 bits. */
export type Long = bigint;

/** An entry of a map; a map's entries are sorted by key. */
export type MapEntry<V> = { readonly key: string; readonly value: V };

/** Microseconds since midnight. */
export type TimeMicros = bigint;

/** Milliseconds since midnight. */
export type TimeMillis = number;

/** Microseconds since 1970-01-01T00:00:00Z. */
export type TimestampMicros = bigint;
