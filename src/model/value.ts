import type { Decimal } from "./decimal.ts";

/**
 * A field's value as EventQL holds it between Avro, the documents and GraphQL: the stored form.
 *
 * | Avro | stored form |
 * |---|---|
 * | int, float, double | `number` |
 * | long, timestamp-micros, local-timestamp-micros, time-micros | `bigint` |
 * | boolean · string, uuid, enum | `boolean` · `string` |
 * | bytes, fixed | `Uint8Array` |
 * | decimal | {@link Decimal}, with the schema's scale; of more digits than it can have `string` (`"12.50"`) |
 * | date (midnight UTC), timestamp-millis, local-timestamp-millis (as if UTC) | `Date` |
 * | time-millis | `number` of ms since midnight |
 * | array · record | array · plain object by field name |
 * | map | array of `{ key, value }`, sorted by key |
 * | union of null and one type | that type's form, or `null` |
 * | any other union | {@link TaggedValue} |
 */
export type Value =
  | null
  | boolean
  | number
  | bigint
  | string
  | Decimal
  | Date
  | Uint8Array
  | readonly Value[]
  | { readonly [field: string]: Value };

/** A value of a union with several branches: `_type` is the branch's Avro name (full for named types). */
export interface TaggedValue {
  readonly _type: string;
  readonly value: Value;
}

/** A record's fields by name. */
export type Payload = Readonly<Record<string, Value>>;
