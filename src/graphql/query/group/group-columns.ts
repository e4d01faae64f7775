import type { ValueType } from "../../../catalog/types.ts";
import { DECIMAL_DIGITS, isStoredAsDecimal } from "../../../model/decimal.ts";
import type { GroupValue } from "../../plan-lists.ts";
import type { AggregatePlan } from "../../plan.ts";
import { scalarCodec } from "../../types/scalar-codec.ts";
import { type DistinctColumn, distinctColumns } from "../column-enum.ts";

/** A column of which something is calculated in a group. */
export interface GroupMember {
  readonly column: DistinctColumn;
  /** What the column holds. */
  readonly of: ValueType;
  /** What the calculation gives. */
  readonly type: ValueType;
}

/** What is calculated, in the order in which the schema shows it. */
export const GROUP_VALUES: readonly GroupValue[] = ["sum", "avg", "min", "max"];

const TEXT: ValueType = { kind: "string" };
const DOUBLE: ValueType = { kind: "double" };

/** The columns of which a value is calculated: numbers are added up, and what has an order has a least and a greatest. */
export function membersOf(plan: AggregatePlan, value: GroupValue): readonly GroupMember[] {
  return distinctColumns(plan).flatMap((column) => {
    const of = typeOf(column);
    const type = RESULTS[value](of);
    return type === undefined ? [] : [{ column, of, type }];
  });
}

/** What a column holds; the id is a text. */
export function typeOf({ column }: DistinctColumn): ValueType {
  return column?.type.type ?? TEXT;
}

const RESULTS: Readonly<Record<GroupValue, (type: ValueType) => ValueType | undefined>> = {
  sum: sumType,
  avg: averageType,
  min: orderedType,
  max: orderedType,
};

/** As in PostgreSQL: the sum of ints is a long, that of longs a decimal, so that neither overflows. */
function sumType(type: ValueType): ValueType | undefined {
  if (type.kind === "int") return { kind: "long" };
  if (type.kind === "long") return { kind: "decimal", precision: DECIMAL_DIGITS, scale: 0 };
  if (type.kind === "float" || type.kind === "double") return DOUBLE;
  return decimalType(type);
}

function averageType(type: ValueType): ValueType | undefined {
  if (type.kind === "int" || type.kind === "long" || type.kind === "float" || type.kind === "double") return DOUBLE;
  return decimalType(type);
}

function decimalType(type: ValueType): ValueType | undefined {
  if (type.kind !== "decimal" || !isStoredAsDecimal(type.precision)) return undefined;
  return { kind: "decimal", precision: DECIMAL_DIGITS, scale: type.scale };
}

function orderedType(type: ValueType): ValueType | undefined {
  if (type.kind === "enum" || type.kind === "record" || type.kind === "union") return undefined;
  if (type.kind === "array" || type.kind === "map") return undefined;
  return ["text", "ordered"].includes(scalarCodec(type).comparability) ? type : undefined;
}
