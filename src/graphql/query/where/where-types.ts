import {
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLList,
  GraphQLNonNull,
} from "graphql";
import { EventQLError } from "../../../errors.ts";
import { memoized } from "../../memo.ts";
import type { AggregatePlan } from "../../plan.ts";
import type { OutputTypes } from "../../types/output.ts";
import { operatorField, operatorFields } from "./operator-fields.ts";
import { operators, relationOperators } from "./operators.ts";
import {
  type ListTarget,
  type PartsTarget,
  RECORD_IS_NULL,
  type RelationTarget,
  type ValueTarget,
  type WhereField,
  type WhereModel,
} from "./where-field.ts";

/** The inputs that filter, each made once. */
export interface WhereTypes {
  /** The `where` input of an aggregate. */
  of(plan: Pick<AggregatePlan, "aggregate" | "whereName" | "typeName">, model: WhereModel): GraphQLInputObjectType;
  /** The filter of a field of a `where`. */
  readonly filterOf: (field: WhereField) => GraphQLInputObjectType;
}

/** What a filter is built of. */
type Target = PartsTarget | ListTarget | ValueTarget | { readonly kind: "presence"; readonly filterName: "AnyFilter" };

/** Makes the `where` inputs of a schema; filters of the same kind of value are one type. */
export function whereTypes(types: OutputTypes): WhereTypes {
  const filters = new Map<string, GraphQLInputObjectType>();
  const wheres = new Map<string, GraphQLInputObjectType>();
  const whereOf = ({ target: { aggregate } }: RelationTarget): GraphQLInputObjectType => {
    const where = wheres.get(aggregate);
    if (where === undefined) throw new EventQLError("INTERNAL", `There is no where of ${aggregate}.`);
    return where;
  };
  const filterOf = (target: Target): GraphQLInputObjectType =>
    memoized(filters, target.filterName, () => buildFilter(target));
  const relatedOf = (target: RelationTarget): GraphQLInputObjectType =>
    target.relation === "one"
      ? whereOf(target)
      : memoized(filters, target.target.filterName, () =>
          relatedFilter(target.target.filterName, () => whereOf(target)),
        );
  const typeOf = (field: WhereField): GraphQLInputObjectType =>
    field.kind === "relation" ? relatedOf(field) : filterOf(field);
  const fieldsOf = (model: WhereModel): GraphQLInputFieldConfigMap =>
    Object.fromEntries([...model.values()].map((field) => [field.name, whereField(field, typeOf(field))]));
  const buildFilter = (target: Target): GraphQLInputObjectType => {
    const named = { name: target.filterName, description: DESCRIPTIONS[target.kind] };
    if (target.kind === "list") {
      const element = (): GraphQLInputObjectType | undefined => target.element && filterOf(target.element());
      return new GraphQLInputObjectType({ ...named, fields: () => operatorFields(target, types, element()) });
    }
    if (target.kind === "value" || target.kind === "presence")
      return new GraphQLInputObjectType({ ...named, fields: operatorFields(target, types, undefined) });
    const filter: GraphQLInputObjectType = new GraphQLInputObjectType({
      ...named,
      fields: () => ({
        ...(target.kind !== "entry" && { [RECORD_IS_NULL]: operatorField(operators.isNull, {}) }),
        ...fieldsOf(target.fields()),
        ...logicalFields(filter),
      }),
    });
    return filter;
  };
  const of: WhereTypes["of"] = ({ aggregate, whereName, typeName }, model) => {
    const where: GraphQLInputObjectType = new GraphQLInputObjectType({
      name: whereName,
      description: `Which documents of ${typeName}: those that match every field given here. Empty: all.`,
      fields: () => ({ ...fieldsOf(model), ...logicalFields(where) }),
    });
    wheres.set(aggregate.name, where);
    return where;
  };
  return { of, filterOf: typeOf };
}

function whereField(field: WhereField, type: GraphQLInputObjectType): GraphQLInputFieldConfig {
  return { type, description: field.description, deprecationReason: field.deprecated };
}

function relatedFilter(name: string, whereOf: () => GraphQLInputObjectType): GraphQLInputObjectType {
  return new GraphQLInputObjectType({
    name,
    description: "What related documents must be, of those that you may see: all operators that are given hold.",
    fields: () => {
      const type = whereOf();
      return Object.fromEntries(
        Object.entries(relationOperators).map(([operator, description]) => [operator, { type, description }]),
      );
    },
  });
}

function logicalFields(where: GraphQLInputObjectType): GraphQLInputFieldConfigMap {
  const list = new GraphQLList(new GraphQLNonNull(where));
  return {
    AND: { type: list, description: "All of these match; an empty list always does." },
    OR: { type: list, description: "At least one of these matches; an empty list never does." },
    NOT: {
      type: where,
      description: "This does not match. It is the exact complement: where a compared value is null, it does.",
    },
  };
}

const DESCRIPTIONS: Readonly<Record<Target["kind"], string>> = {
  value: "What a value must be: all operators that are given hold.",
  list: "What a list or a map must hold: all operators that are given hold.",
  presence: "Whether there is a value.",
  record: "What a nested record must be: all fields that are given match. Fields of a null record are null.",
  union: "Of which branch a value must be, and what it must be: all fields that are given match.",
  entry: "What an entry of a map must be: all fields that are given match.",
};
