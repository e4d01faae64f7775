import {
  GraphQLBoolean,
  GraphQLID,
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import { memoized } from "../memo.ts";
import type { AggregatePlan } from "../plan.ts";
import type { OutputTypes } from "../types/output.ts";
import { type Operand, type OperatorInfo, listOperators, operators } from "./operators.ts";
import type { Comparand, WhereField, WhereModel } from "./where-model.ts";
import { RECORD_IS_NULL } from "./where-model.ts";

/** Makes the `where` input of an aggregate. */
export type WhereTypes = (plan: AggregatePlan, model: WhereModel) => GraphQLInputObjectType;

/** Makes the `where` inputs of a schema; filters of the same kind of value are one type. */
export function whereTypes(types: OutputTypes): WhereTypes {
  const filters = new Map<string, GraphQLInputObjectType>();
  const filterOf = (field: WhereField): GraphQLInputObjectType =>
    memoized(filters, field.filterName, () => buildFilter(field, types, fieldsOf));
  const fieldsOf = (model: WhereModel): GraphQLInputFieldConfigMap =>
    Object.fromEntries([...model.values()].map((field) => [field.name, whereField(field, filterOf(field))]));
  return ({ whereName, typeName }, model) => {
    const where: GraphQLInputObjectType = new GraphQLInputObjectType({
      name: whereName,
      description: `Which documents of ${typeName}: those that match every field given here. Empty: all.`,
      fields: () => ({ ...fieldsOf(model), ...logicalFields(where) }),
    });
    return where;
  };
}

function whereField(field: WhereField, type: GraphQLInputObjectType): GraphQLInputFieldConfig {
  return { type, description: field.description, deprecationReason: field.deprecated };
}

function logicalFields(where: GraphQLInputObjectType): GraphQLInputFieldConfigMap {
  const list = new GraphQLList(new GraphQLNonNull(where));
  return {
    AND: { type: list, description: "All of these match; an empty list always does." },
    OR: { type: list, description: "At least one of these matches; an empty list never does." },
    NOT: {
      type: where,
      description:
        "This does not match. It is the exact complement: a document where a compared value is null is among them.",
    },
  };
}

function buildFilter(
  field: WhereField,
  types: OutputTypes,
  fieldsOf: (model: WhereModel) => GraphQLInputFieldConfigMap,
): GraphQLInputObjectType {
  const name = field.filterName;
  const description = DESCRIPTIONS[field.kind];
  if (field.kind === "record")
    return new GraphQLInputObjectType({
      name,
      description,
      fields: () => ({
        [RECORD_IS_NULL]: operatorField(operators.isNull, GraphQLBoolean),
        ...fieldsOf(field.fields()),
      }),
    });
  return new GraphQLInputObjectType({ name, description, fields: operatorFields(field, types) });
}

const DESCRIPTIONS: Readonly<Record<WhereField["kind"], string>> = {
  value: "What a value must be: all operators that are given hold.",
  list: "What a list must hold: all operators that are given hold.",
  presence: "Whether there is a value.",
  anyList: "Whether there is a list, and anything in it.",
  record: "What a nested record must be: all fields that are given match. Fields of a null record are null.",
};

function operatorFields(
  field: Exclude<WhereField, { kind: "record" }>,
  types: OutputTypes,
): GraphQLInputFieldConfigMap {
  if (field.kind === "presence") return pick(operators, ["isNull"], GraphQLBoolean);
  if (field.kind === "anyList") return pick(listOperators, ["isEmpty", "isNull"], GraphQLBoolean);
  const operand = operandType(field.comparand, types);
  if (field.kind === "list") return pick(listOperators, ["has", "hasSome", "hasEvery", "isEmpty", "isNull"], operand);
  return pick(operators, field.operators, operand);
}

function pick<T extends string>(
  table: Readonly<Record<T, OperatorInfo>>,
  wanted: readonly T[],
  operand: GraphQLInputType,
): GraphQLInputFieldConfigMap {
  return Object.fromEntries(wanted.map((operator) => [operator, operatorField(table[operator], operand)]));
}

function operatorField({ operand, description }: OperatorInfo, type: GraphQLInputType): GraphQLInputFieldConfig {
  const byOperand: Readonly<Record<Operand, GraphQLInputType>> = {
    value: type,
    list: new GraphQLList(new GraphQLNonNull(type)),
    pattern: GraphQLString,
    boolean: GraphQLBoolean,
  };
  return { type: byOperand[operand], description };
}

function operandType(comparand: Comparand, types: OutputTypes): GraphQLInputType {
  if (comparand.kind === "id") return GraphQLID;
  return comparand.kind === "enum" ? types.enum(comparand.type) : comparand.codec.scalar;
}
