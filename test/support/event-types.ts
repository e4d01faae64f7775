import type { Writer } from "../../src/catalog/codec.ts";
import type { EventEffect, EventType, FieldEffect, ValueType } from "../../src/catalog/types.ts";
import type { Value } from "../../src/model/value.ts";

/** A field of a hand-made event type. */
export interface FieldSketch {
  readonly name: string;
  readonly type?: ValueType;
  readonly effect?: FieldEffect;
  readonly column?: string;
  readonly widerType?: ValueType;
  readonly default?: Value;
}

/** An event type of topic `t` made by hand, for tests of what comes after the catalog. */
export function eventTypeOf(
  fullName: string,
  fields: readonly FieldSketch[],
  effect: EventEffect = "upsert",
): EventType {
  const eventFields = fields.map(
    ({ name, type = { kind: "string" }, effect: fieldEffect = "set", column = name, widerType, ...rest }) => ({
      field: { name, graphqlName: name, type: { type, nullable: true }, doc: undefined, aliases: [], ...rest },
      column,
      ...(widerType === undefined ? {} : { widerType }),
      effect: fieldEffect,
      key: false,
      hidden: false,
    }),
  );
  return {
    fullName,
    name: fullName,
    mutation: fullName,
    topic: "t",
    subject: `t-${fullName}`,
    schemaId: 1,
    version: 1,
    writerSchema: "string",
    readerSchema: "string",
    effect,
    record: {
      kind: "record",
      fullName,
      graphqlName: fullName,
      doc: undefined,
      fields: eventFields.map(({ field }) => field),
    },
    fields: eventFields,
  };
}

/** The writer of a hand-made event type; `fields` are those that its schema has: all, unless told. */
export function writerOf(eventType: EventType, fields?: readonly string[]): Writer {
  return { schemaId: 1, eventType, fields: new Set(fields ?? eventType.fields.map(({ field }) => field.name)) };
}
