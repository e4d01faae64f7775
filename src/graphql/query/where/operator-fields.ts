import {
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLID,
  type GraphQLInputFieldConfig,
  type GraphQLInputFieldConfigMap,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLString,
} from "graphql";
import type { OutputTypes } from "../../types/output.ts";
import { type Operand, type OperatorInfo, listOperators, operators } from "./operators.ts";
import type { Comparand, ListTarget, ValueTarget } from "./where-field.ts";

/** The types of what depends on the field that is asked of. */
interface OperandTypes {
  readonly value?: GraphQLInputType | undefined;
  readonly element?: GraphQLInputObjectType | undefined;
}

const textMode = new GraphQLEnumType({
  name: "TextMode",
  description: "Whether the case of letters counts. Nothing else is taken for equal: `é` is not `e`, `ß` is not `ss`.",
  values: {
    SENSITIVE: { description: "Letters of different case are different." },
    INSENSITIVE: {
      description:
        "`eq`, `ne`, `in`, `notIn`, `contains`, `startsWith` and `endsWith` take letters of different case for the same, in every script, by Unicode's simple case folding. No index helps.",
    },
  },
});

/** The operators of a filter as fields of its input; `element` is the filter of a list's elements. */
export function operatorFields(
  target: ListTarget | ValueTarget | { readonly kind: "presence" },
  types: OutputTypes,
  element: GraphQLInputObjectType | undefined,
): GraphQLInputFieldConfigMap {
  if (target.kind === "presence") return pick(operators, ["isNull"], {});
  const value = target.comparand && operandType(target.comparand, types);
  if (target.kind === "list") return pick(listOperators, target.operators, { value, element });
  return pick(operators, target.operators, { value });
}

/** An operator as a field of an input. */
export function operatorField({ operand, description }: OperatorInfo, types: OperandTypes): GraphQLInputFieldConfig {
  const { value = GraphQLString, element = value } = types;
  const byOperand: Readonly<Record<Operand, GraphQLInputType>> = {
    value,
    list: new GraphQLList(new GraphQLNonNull(value)),
    pattern: GraphQLString,
    key: GraphQLString,
    keys: new GraphQLList(new GraphQLNonNull(GraphQLString)),
    element,
    boolean: GraphQLBoolean,
    mode: textMode,
  };
  return { type: byOperand[operand], description };
}

function pick<T extends string>(
  table: Readonly<Record<T, OperatorInfo>>,
  wanted: readonly T[],
  types: OperandTypes,
): GraphQLInputFieldConfigMap {
  return Object.fromEntries(wanted.map((operator) => [operator, operatorField(table[operator], types)]));
}

function operandType(comparand: Comparand, types: OutputTypes): GraphQLInputType {
  if (comparand.kind === "id") return GraphQLID;
  return comparand.kind === "enum" ? types.enum(comparand.type) : comparand.codec.scalar;
}
