import type { Aggregate, Catalog, Column, RecordField, RecordType } from "../catalog/types.ts";
import { namesBeside } from "./names.ts";
import {
  type ConnectionPlan,
  type GroupPlan,
  type HistoryPlan,
  planConnection,
  planGroup,
  planHistory,
} from "./plan-lists.ts";
import { type RelationPlan, planRelations } from "./plan-relations.ts";
import {
  type CommandPlan,
  type EventPlan,
  type MutationPlan,
  namesFor,
  planCommands,
  planEvents,
  planTombstone,
} from "./plan-mutations.ts";
import { type PlanNames, owners, withLock } from "./plan-names.ts";
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
  /** Those that clients may append themselves. */
  readonly events: readonly EventPlan[];
  /** Undefined: clients may not append it themselves. */
  readonly tombstone: MutationPlan | undefined;
  readonly commands: readonly CommandPlan[];
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
  return withLock(catalog, (names) => planAll(catalog, names));
}

function planAll(catalog: Catalog, names: PlanNames): SchemaPlan {
  const named = catalog.aggregates.map((aggregate) => {
    const own = namesFor(names, owners.aggregate(aggregate.name));
    return {
      aggregate,
      own,
      names: documentNames({ kept: new Map(Object.entries(names.relations(aggregate))) }),
      typeName: own.types.take(aggregate.name, `${aggregate.name}Aggregate`),
      singular: own.queries.take(aggregate.singular, `${aggregate.singular}Document`),
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
    tombstone: planTombstone(plan.aggregate, plan.typeName, plan.own),
  }));
  const relations = planRelations(read.map(({ aggregate: { name }, ...plan }) => ({ ...plan, name })));
  const subscribed = read.map(({ own, ...plan }) => ({
    ...plan,
    relations: relations.get(plan.aggregate.name) ?? [],
    connection: planConnection(plan, own.types, own.queries),
    group: planGroup(plan, own.types, own.queries),
    history: planHistory(plan, own.types, own.queries),
    subscription: planSubscription(plan, own.types, own.subscriptions),
  }));
  const types = planTypeNames(catalog, names.types, inputs);
  const aggregates = subscribed.map((plan) => ({ ...plan, commands: planCommands(plan, names, inputs) }));
  types.include(aggregates.flatMap(({ commands }) => commands.map(({ commandType }) => commandType.record)));
  return { aggregates, types, names };
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
