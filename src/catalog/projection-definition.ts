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
  /** Whether documents have a hash of their newest event. One that has none yet equals nothing, so this may change. */
  readonly owned?: boolean | undefined;
  /** Absent: event types say what they do, by hints. Else their definitions say nothing. */
  readonly evolve?: EvolveDefinition | undefined;
  readonly eventTypes: Readonly<Record<string, EventDefinition>>;
}

/** How a decider makes the documents. */
interface EvolveDefinition {
  readonly version: number;
  /** The types of the columns. */
  readonly columns: Readonly<Record<string, string>>;
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
      aggregates.map(({ name, collection, eventTypes, owned, columns }) => {
        const { evolve, version = 0 } = owned?.decider ?? {};
        const define = evolve === undefined ? eventDefinition : evolvedDefinition;
        return [
          name,
          {
            collection,
            ...(owned === undefined ? {} : { owned: true }),
            ...(evolve === undefined ? {} : { evolve: { version, columns: columnDefinitions(columns) } }),
            eventTypes: sortedRecord(eventTypes.map((type) => [type.fullName, define(type)])),
          },
        ];
      }),
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
      owned: z.boolean().optional(),
      evolve: z.object({ version: z.number(), columns: z.record(z.string(), z.string()) }).optional(),
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

/** A decider says what it does. */
function evolvedDefinition(): EventDefinition {
  return { effect: "evolve", fields: {} };
}

function columnDefinitions(columns: Aggregate["columns"]): EvolveDefinition["columns"] {
  return sortedRecord(columns.map(({ name, type }) => [name, typeKey(type)]));
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
  const isOtherwise = (before.evolve === undefined) !== (now.evolve === undefined);
  const events = Object.entries(before.eventTypes).flatMap(([fullName, event]) => {
    const current = ownOf(now.eventTypes, fullName);
    if (current !== undefined) return isOtherwise ? [] : eventChanges(fullName, event, current);
    const other = Object.entries(after.aggregates).find(([, each]) => Object.hasOwn(each.eventTypes, fullName));
    return other === undefined ? [] : [`${fullName} was of the aggregate ${name}, is of ${other[0]}`];
  });
  return [...moved, ...evolveChanges(name, before.evolve, now.evolve), ...events];
}

function evolveChanges(
  name: string,
  before: EvolveDefinition | undefined,
  now: EvolveDefinition | undefined,
): readonly string[] {
  if (before === undefined && now === undefined) return [];
  if (before === undefined) return [`documents of ${name} were made by hints, are made by its decider's evolve`];
  if (now === undefined) return [`documents of ${name} were made by its decider's evolve, are made by hints`];
  const version = `the version of ${name}'s decider was ${before.version}, is ${now.version}`;
  const columns = Object.entries(before.columns).flatMap(([column, was]) => {
    const is = ownOf(now.columns, column);
    return is === undefined ? [] : typeChanges(`column ${column} of ${name}`, was, is, ALIKE_FOR_RULES);
  });
  return [...(before.version === now.version ? [] : [version]), ...columns];
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
  return [...changes, ...typeChanges(field, was.type, is.type, WIDENED)];
}

type Widened = Readonly<Record<string, readonly string[]>>;

function typeChanges(what: string, was: string, is: string, widened: Widened): readonly string[] {
  if (was === is || widened[was]?.includes(is) === true) return [];
  return [`the type of ${what} was ${was}, is ${is}`];
}

/** Types whose values can be read, compared and combined as those of a wider one. */
const WIDENED: Widened = {
  int: ["long", "float", "double"],
  long: ["float", "double"],
  float: ["double"],
  string: ["uuid"],
  uuid: ["string"],
};

/** Types whose values a rule is given in the same form: no ints where it has come to expect bigints. */
const ALIKE_FOR_RULES: Widened = {
  int: ["float", "double"],
  float: ["double"],
  string: ["uuid"],
  uuid: ["string"],
};

function sortedRecord<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
