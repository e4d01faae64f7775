import type { Aggregate, Catalog, Column, EventType, RecordField, RecordType } from "../catalog/types.ts";
import { type Names, capitalized, namesBeside } from "./names.ts";
import {
  type ConnectionPlan,
  type GroupPlan,
  type HistoryPlan,
  planConnection,
  planGroup,
  planHistory,
} from "./plan-lists.ts";
import { type RelationPlan, planRelations } from "./plan-relations.ts";
import { type NAME_KINDS, type PlanNames, owners, withLock } from "./plan-names.ts";
import { type ColumnPlan, documentNames, planColumns } from "./plan-column.ts";
import { type SubscriptionPlan, planSubscription } from "./plan-subscription.ts";
import { type TypeNames, planTypeNames } from "./plan-types.ts";

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
  /** The filter of several of its documents that another is related to. */
  readonly relatedName: string;
  /** The fields that lead to other documents. */
  readonly relations: readonly RelationPlan[];
  readonly connection: ConnectionPlan;
  readonly group: GroupPlan;
  readonly history: HistoryPlan;
  readonly events: readonly EventPlan[];
  readonly tombstone: MutationPlan;
  readonly subscription: SubscriptionPlan;
}

/** Everything that the schema will hold, by name: what is built of it adds no name of its own. */
export interface SchemaPlan {
  readonly aggregates: readonly AggregatePlan[];
  readonly types: TypeNames;
  /** All that were given. */
  readonly names: PlanNames;
}

/**
 * Settles all names of a catalog's schema. Names that collide get an ending that tells what they are, never a count; those
 * of the catalog's lock come before all others.
 */
export function planSchema(catalog: Catalog): SchemaPlan {
  return withLock(catalog.lock, (names) => planAll(catalog, names));
}

function planAll(catalog: Catalog, names: PlanNames): SchemaPlan {
  const named = catalog.aggregates.map((aggregate) => {
    const own = namesFor(names, owners.aggregate(aggregate.name));
    return {
      aggregate,
      own,
      names: documentNames({ kept: new Map(Object.entries(names.relations(aggregate))) }),
      typeName: own.types.take(aggregate.name, `${aggregate.name}Aggregate`),
      singular: own.queries.take(aggregate.singular),
    };
  });
  const lists = named.map((plan) => ({
    ...plan,
    plural: plan.own.queries.take(plan.aggregate.plural, `${plan.singular}List`),
  }));
  const inputs = new Map<RecordType, string>();
  const written = lists.map((plan) => ({ ...plan, events: planEvents(plan, names, inputs) }));
  const read = written.map((plan) => ({
    ...plan,
    whereName: plan.own.types.take(`${plan.typeName}Where`),
    relatedName: plan.own.types.take(`${plan.typeName}RelationFilter`),
    orderByName: plan.own.types.take(`${plan.typeName}OrderBy`),
    columns: planColumns(shownColumns(plan.aggregate), plan.names),
    tombstone: planTombstone(plan.typeName, plan.own),
  }));
  const relations = planRelations(read.map(({ aggregate: { name }, ...plan }) => ({ ...plan, name })));
  const aggregates = read.map(({ own, ...plan }) => ({
    ...plan,
    relations: relations.get(plan.aggregate.name) ?? [],
    connection: planConnection(plan, own.types, own.queries),
    group: planGroup(plan, own.types, own.queries),
    history: planHistory(plan, own.types, own.queries),
    subscription: planSubscription(plan, own.types, own.subscriptions),
  }));
  return { aggregates, types: planTypeNames(catalog, names.types, inputs), names };
}

type OwnNames = { readonly [kind in (typeof NAME_KINDS)[number]]: Names };

function namesFor({ types, queries, mutations, subscriptions }: PlanNames, owner: string): OwnNames {
  return {
    types: types.of(owner),
    queries: queries.of(owner),
    mutations: mutations.of(owner),
    subscriptions: subscriptions.of(owner),
  };
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

function shownColumns({ columns }: Aggregate): readonly Column[] {
  return columns.filter(({ hidden }) => !hidden);
}

function planEvents(
  { aggregate, singular }: { readonly aggregate: Aggregate; readonly singular: string },
  names: PlanNames,
  inputs: Map<RecordType, string>,
): readonly EventPlan[] {
  return aggregate.eventTypes.map((eventType) => {
    const own = namesFor(names, owners.type(eventType.name));
    const keys = new Set(eventType.fields.filter(({ key }) => key).map(({ field }) => field.name));
    const { record } = eventType;
    const inputName = own.types.take(`${eventType.name}Input`);
    if (keys.size === 0 && !inputs.has(record)) inputs.set(record, inputName);
    return {
      eventType,
      ...planMutation([eventType.mutation], own),
      inputName,
      fields: record.fields.filter(({ name }) => !keys.has(name)),
      keyFields: record.fields.filter(({ name }) => keys.has(name)),
      documentField: namesBeside(["id", "receipt", "status"]).take(singular, `${singular}Document`),
    };
  });
}

function planTombstone(typeName: string, own: OwnNames): MutationPlan {
  return planMutation([`delete${typeName}`, `tombstone${typeName}`], own);
}

function planMutation(wanted: readonly [string, ...string[]], { types, mutations }: OwnNames): MutationPlan {
  const mutation = mutations.take(...wanted);
  return { mutation, payloadName: types.take(`${capitalized(mutation)}Payload`) };
}
