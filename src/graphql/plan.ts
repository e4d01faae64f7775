import type { Aggregate, Catalog, Column, EventType, RecordField, RecordType } from "../catalog/types.ts";
import { type Names, capitalized, namesBeside } from "./names.ts";
import { type SubscriptionPlan, planSubscription } from "./plan-subscription.ts";
import { type TypeNames, planTypeNames } from "./plan-types.ts";

/** A column with its name in GraphQL. */
export interface ColumnPlan {
  readonly column: Column;
  readonly name: string;
}

/** A field of a record with its names in GraphQL. */
export interface FieldPlan {
  readonly field: RecordField;
  readonly name: string;
  /** Its older names. */
  readonly aliases: readonly string[];
}

/** A mutation with the names of what it takes and returns. */
interface MutationPlan {
  readonly mutation: string;
  readonly payloadName: string;
}

/** The mutation of an event type. */
export interface EventPlan extends MutationPlan {
  readonly eventType: EventType;
  readonly inputName: string;
  /** The fields of the input. */
  readonly fields: readonly RecordField[];
  /** The fields that hold the aggregate's id, which aren't in the input. */
  readonly keyFields: readonly RecordField[];
  /** The field of the payload with the document. */
  readonly documentField: string;
}

/** An aggregate with its names in GraphQL. */
export interface AggregatePlan {
  readonly aggregate: Aggregate;
  readonly typeName: string;
  readonly whereName: string;
  readonly orderByName: string;
  readonly singular: string;
  readonly plural: string;
  /** Those that are shown. */
  readonly columns: readonly ColumnPlan[];
  readonly events: readonly EventPlan[];
  readonly tombstone: MutationPlan;
  readonly subscription: SubscriptionPlan;
}

/** Everything that the schema will hold, by name: what is built of it adds no name of its own. */
export interface SchemaPlan {
  readonly aggregates: readonly AggregatePlan[];
  readonly types: TypeNames;
}

const SCALARS = ["Int", "Float", "String", "Boolean", "ID", "Null"].concat([
  "Long",
  "Base64",
  "Decimal",
  "UUID",
  "Date",
  "Time",
  "DateTime",
  "LocalDateTime",
]);
const OWN_TYPES = ["Query", "Mutation", "Subscription", "DocumentMeta", "Wait", "CommandStatus", "SortOrder"].concat([
  "AnyFilter",
  "AnyListFilter",
  "ChangeOperation",
  "Cursor",
  "EventMeta",
]);
const COLUMN_NAMES_OF_OURS = ["id", "_meta", "AND", "OR", "NOT"];
const QUERIES_OF_OURS = ["_generation"];

/** Settles all names of a catalog's schema. Names that collide get an ending that tells what they are, never a count. */
export function planSchema(catalog: Catalog): SchemaPlan {
  const filters = SCALARS.flatMap((name) => [`${name}Filter`, `${name}ListFilter`]);
  const types = namesBeside([...SCALARS, ...OWN_TYPES, ...filters]);
  const queries = namesBeside(QUERIES_OF_OURS);
  const mutations = namesBeside([]);
  const subscriptions = namesBeside([]);
  const named = catalog.aggregates.map((aggregate) => ({
    aggregate,
    typeName: types.take(aggregate.name, `${aggregate.name}Aggregate`),
    singular: queries.take(aggregate.singular),
  }));
  const lists = named.map((plan) => ({ ...plan, plural: queries.take(plan.aggregate.plural, `${plan.singular}List`) }));
  const inputs = new Map<RecordType, string>();
  const written = lists.map((plan) => ({ ...plan, events: planEvents(plan, types, mutations, inputs) }));
  const read = written.map((plan) => ({
    ...plan,
    whereName: types.take(`${plan.typeName}Where`),
    orderByName: types.take(`${plan.typeName}OrderBy`),
    columns: planColumns(plan.aggregate.columns),
    tombstone: planTombstone(plan.typeName, types, mutations),
  }));
  const aggregates = read.map((plan) => ({ ...plan, subscription: planSubscription(plan, types, subscriptions) }));
  return { aggregates, types: planTypeNames(catalog, types, inputs) };
}

/** Names a record's fields, the older names last. */
export function planFields(fields: readonly RecordField[]): readonly FieldPlan[] {
  const names = namesBeside([]);
  const named = fields.map((field) => ({ field, name: names.take(field.graphqlName) }));
  const taken = new Set(named.map(({ name }) => name));
  return named.map((plan) => {
    const aliases = plan.field.aliases.filter((alias) => !taken.has(alias)).map((alias) => names.take(alias));
    return { ...plan, aliases: [...new Set(aliases)] };
  });
}

function planColumns(columns: readonly Column[]): readonly ColumnPlan[] {
  const names = namesBeside(COLUMN_NAMES_OF_OURS);
  return columns
    .filter(({ hidden }) => !hidden)
    .map((column) => ({ column, name: names.take(column.graphqlName, `${column.graphqlName}_`) }));
}

function planEvents(
  { aggregate, singular }: { readonly aggregate: Aggregate; readonly singular: string },
  types: Names,
  mutations: Names,
  inputs: Map<RecordType, string>,
): readonly EventPlan[] {
  return aggregate.eventTypes.map((eventType) => {
    const keys = new Set(eventType.fields.filter(({ key }) => key).map(({ field }) => field.name));
    const { record } = eventType;
    const inputName = types.take(`${eventType.name}Input`);
    if (keys.size === 0 && !inputs.has(record)) inputs.set(record, inputName);
    return {
      eventType,
      ...planMutation([eventType.mutation], types, mutations),
      inputName,
      fields: record.fields.filter(({ name }) => !keys.has(name)),
      keyFields: record.fields.filter(({ name }) => keys.has(name)),
      documentField: namesBeside(["id", "receipt", "status"]).take(singular, `${singular}Document`),
    };
  });
}

function planTombstone(typeName: string, types: Names, mutations: Names): MutationPlan {
  return planMutation([`delete${typeName}`, `tombstone${typeName}`], types, mutations);
}

function planMutation(wanted: readonly [string, ...string[]], types: Names, mutations: Names): MutationPlan {
  const mutation = mutations.take(...wanted);
  return { mutation, payloadName: types.take(`${capitalized(mutation)}Payload`) };
}
