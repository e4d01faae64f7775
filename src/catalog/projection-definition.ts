import { z } from "zod";
import { EventQLError, messageOf } from "../errors.ts";
import { isStoredAsDecimal } from "../model/decimal.ts";
import { ownOf } from "./own-of.ts";
import type { Aggregate, EventType, TypeRef } from "./types.ts";

/** What a field does to its documents. */
interface FieldDefinition {
  /** null: it goes to no column. */
  readonly column: string | null;
  readonly effect: string;
  readonly type: string;
  /** Its old names. */
  readonly aliases?: readonly string[] | undefined;
}

/** What an event type does to its documents. */
interface EventDefinition {
  readonly effect: string;
  readonly fields: Readonly<Record<string, FieldDefinition>>;
}

/** How an aggregate's documents are made. */
interface AggregateDefinition {
  readonly collection: string;
  readonly eventTypes: Readonly<Record<string, EventDefinition>>;
}

/**
 * Everything that determines how a topic's events are folded, as plain JSON: what was stored is compared with what is
 * wanted now. Names that only GraphQL knows, and docs, aren't in it.
 */
export interface ProjectionDefinition {
  readonly aggregates: Readonly<Record<string, AggregateDefinition>>;
}

/** The definition of the projection of a topic, whose aggregates are given. */
export function projectionDefinition(aggregates: readonly Aggregate[]): ProjectionDefinition {
  return {
    aggregates: sortedRecord(
      aggregates.map(({ name, collection, eventTypes }) => [
        name,
        { collection, eventTypes: sortedRecord(eventTypes.map((type) => [type.fullName, eventDefinition(type)])) },
      ]),
    ),
  };
}

/**
 * Reads a definition that was stored as JSON.
 * @throws EventQLError `PROJECTION_CHANGED` where it isn't one: then nobody knows how the documents were made.
 */
export function parseProjectionDefinition(text: string): ProjectionDefinition {
  try {
    return stored.parse(JSON.parse(text));
  } catch (error) {
    throw new EventQLError(
      "PROJECTION_CHANGED",
      `The stored definition of the projection can't be read (${messageOf(error)}): rebuild the projection.`,
      { cause: error },
    );
  }
}

/**
 * Whether documents made by one definition are as the other one would have made them, but for what only it has: then it
 * applies in place. Else the changes that need a rebuild, each in words. Fields and event types that are gone change
 * nothing that is stored.
 */
export function isAdditive(before: ProjectionDefinition, after: ProjectionDefinition): true | readonly string[] {
  const changes = Object.entries(before.aggregates).flatMap(([name, aggregate]) => {
    const now = ownOf(after.aggregates, name);
    return now === undefined ? [`the aggregate ${name} is gone`] : aggregateChanges(name, aggregate, now, after);
  });
  return changes.length === 0 ? true : changes;
}

const stored: z.ZodType<ProjectionDefinition> = z.object({
  aggregates: z.record(
    z.string(),
    z.object({
      collection: z.string(),
      eventTypes: z.record(
        z.string(),
        z.object({
          effect: z.string(),
          fields: z.record(
            z.string(),
            z.object({
              column: z.string().nullable(),
              effect: z.string(),
              type: z.string(),
              aliases: z.array(z.string()).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});

function eventDefinition({ effect, fields }: EventType): EventDefinition {
  return {
    effect,
    fields: sortedRecord(
      fields.map(({ field, column, effect }) => [
        field.name,
        {
          column: column ?? null,
          effect,
          type: typeKey(field.type),
          ...(field.aliases.length === 0 ? {} : { aliases: field.aliases }),
        },
      ]),
    ),
  };
}

/** A type as far as it determines what is stored: nullable or not, and what is inside named types, doesn't. */
function typeKey({ type }: TypeRef): string {
  switch (type.kind) {
    case "array":
      return `array<${typeKey(type.items)}>`;
    case "map":
      return `map<${typeKey(type.values)}>`;
    case "decimal":
      return isStoredAsDecimal(type.precision) ? `decimal(${type.scale})` : `long decimal(${type.scale})`;
    default:
      return type.kind;
  }
}

function aggregateChanges(
  name: string,
  before: AggregateDefinition,
  now: AggregateDefinition,
  after: ProjectionDefinition,
): readonly string[] {
  const moved =
    before.collection === now.collection
      ? []
      : [`the collection of ${name} was ${before.collection}, is ${now.collection}`];
  const events = Object.entries(before.eventTypes).flatMap(([fullName, event]) => {
    const current = ownOf(now.eventTypes, fullName);
    if (current !== undefined) return eventChanges(fullName, event, current);
    const other = Object.entries(after.aggregates).find(([, each]) => Object.hasOwn(each.eventTypes, fullName));
    return other === undefined ? [] : [`${fullName} was of the aggregate ${name}, is of ${other[0]}`];
  });
  return [...moved, ...events];
}

function eventChanges(name: string, before: EventDefinition, now: EventDefinition): readonly string[] {
  const effect = before.effect === now.effect ? [] : [`the effect of ${name} was ${before.effect}, is ${now.effect}`];
  const fields = Object.entries(before.fields).flatMap(([field, was]) => {
    const renamed = Object.entries(now.fields).find(([, { aliases }]) => aliases?.includes(field));
    const is = ownOf(now.fields, field) ?? renamed?.[1];
    return is === undefined ? [] : fieldChanges(`${name}.${field}`, was, is);
  });
  return [...effect, ...fields];
}

function fieldChanges(field: string, was: FieldDefinition, is: FieldDefinition): readonly string[] {
  const changes: string[] = [];
  if (was.column !== is.column)
    changes.push(`the column of ${field} was ${was.column ?? "none"}, is ${is.column ?? "none"}`);
  if (was.effect !== is.effect) changes.push(`the effect of ${field} was ${was.effect}, is ${is.effect}`);
  if (was.type !== is.type && WIDENED[was.type]?.includes(is.type) !== true)
    changes.push(`the type of ${field} was ${was.type}, is ${is.type}`);
  return changes;
}

/** Types whose values can be read, compared and combined as those of a wider one. */
const WIDENED: Readonly<Record<string, readonly string[]>> = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["uuid"],
  uuid: ["string"],
};

function sortedRecord<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
