import { RESERVED_COLUMNS } from "../catalog/hints.ts";
import type { Aggregate, Column, EventField, EventType, RecordField } from "../catalog/types.ts";
import { type Names, namesBeside } from "./names.ts";
import { owners } from "./plan-names.ts";

/** A field of an event as subscribers see it. */
export interface EventFieldPlan {
  readonly field: RecordField;
  readonly name: string;
  /** Its older names. */
  readonly aliases: readonly string[];
  /** The name in GraphQL of the column that it goes to, or would if the event set any; undefined: there is none. */
  readonly columnName: string | undefined;
}

/** The object type of an event. */
export interface EventObjectPlan {
  readonly eventType: EventType;
  readonly name: string;
  /** Those that are shown, without the key. */
  readonly fields: readonly EventFieldPlan[];
}

/** The subscriptions of an aggregate with their names in GraphQL. */
export interface SubscriptionPlan {
  readonly changes: string;
  readonly changeName: string;
  /** The field of a change with the document. */
  readonly documentField: string;
  readonly eventStream: string;
  readonly unionName: string;
  readonly tombstoneName: string;
  readonly events: readonly EventObjectPlan[];
}

/** What the names of an aggregate's subscriptions are made of. */
interface Named {
  readonly aggregate: Aggregate;
  readonly typeName: string;
  readonly singular: string;
  /** Those that are shown. */
  readonly columns: readonly { readonly column: Column; readonly name: string }[];
}

const FIELDS_OF_A_CHANGE = ["operation", "id", "previous", "cursor"];
const FIELDS_OF_AN_EVENT = ["id", "_meta"];

/** Names the subscriptions of an aggregate, and the types that only they have. */
export function planSubscription(named: Named, types: Names, subscriptions: Names): SubscriptionPlan {
  const { aggregate, typeName, singular } = named;
  const columns = eventColumns(named);
  return {
    changes: subscriptions.take(`${singular}Changes`),
    changeName: types.take(`${typeName}Change`),
    documentField: namesBeside(FIELDS_OF_A_CHANGE).take(singular, `${singular}Document`),
    eventStream: subscriptions.take(`${singular}EventStream`),
    unionName: types.take(`${typeName}Event`, `${typeName}AggregateEvent`),
    tombstoneName: types.take(`${typeName}Tombstone`),
    events: aggregate.eventTypes.map((eventType) => ({
      eventType,
      name: types.of(owners.type(eventType.name)).take(eventType.name, `${eventType.name}Event`),
      fields: planEventFields(eventType, columns),
    })),
  };
}

/** What the columns of an aggregate mean to the fields of its events. */
interface EventColumns {
  readonly hidden: ReadonlySet<string>;
  readonly of: (field: EventField) => string;
  /** What they are called, by what they are stored as. */
  readonly names: ReadonlyMap<string, string>;
}

function eventColumns({ aggregate, columns }: Named): EventColumns {
  return {
    hidden: new Set(aggregate.columns.filter((column) => column.hidden).map(({ name }) => name)),
    of: columnOfFields(aggregate),
    // Names of today last, so that they win over older ones.
    names: new Map(columns.toReversed().map(({ column, name }) => [column.name, name])),
  };
}

function planEventFields({ fields }: EventType, columns: EventColumns): readonly EventFieldPlan[] {
  const names = namesBeside(FIELDS_OF_AN_EVENT);
  const shown = fields.filter((one) => !one.key && !one.hidden && !columns.hidden.has(columns.of(one)));
  // A field of its own name comes before one that has to give its name up.
  const inOrder = [...shown].sort((a, b) => Number(isReserved(a)) - Number(isReserved(b)));
  const named = new Map(inOrder.map((one) => [one, names.take(nameOf(one))]));
  const taken = new Set([...named.values(), ...FIELDS_OF_AN_EVENT]);
  return shown.map((one) => ({
    field: one.field,
    name: named.get(one) ?? nameOf(one),
    aliases: [...new Set(one.field.aliases)].filter((alias) => !taken.has(alias)).map((alias) => names.take(alias)),
    columnName: columns.names.get(columns.of(one)),
  }));
}

function nameOf({ field }: EventField): string {
  return RESERVED_COLUMNS.has(field.graphqlName) ? `payload_${field.graphqlName}` : field.graphqlName;
}

function isReserved({ field }: EventField): boolean {
  return RESERVED_COLUMNS.has(field.graphqlName);
}

/** What deletes a document, or is ignored, sets no columns, but tells the same of it, by whatever name it has there. */
function columnOfFields({ columns }: Aggregate): (field: EventField) => string {
  const byName = new Map(columns.flatMap(({ name, aliases }) => aliases.map((alias) => [alias, name] as const)));
  for (const { name, graphqlName } of columns) byName.set(graphqlName, name);
  for (const { name } of columns) byName.set(name, name);
  return ({ field, column }) => {
    if (column !== undefined) return column;
    const names = [field.name, ...field.aliases].map((name) => (RESERVED_COLUMNS.has(name) ? `payload_${name}` : name));
    const known = names.find((name) => byName.has(name)) ?? names[0] ?? field.name;
    return byName.get(known) ?? known;
  };
}
