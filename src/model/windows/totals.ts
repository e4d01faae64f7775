import { Big } from "big.js";
import { DECIMAL_DIGITS } from "../decimal.ts";
import type { State } from "../decider.ts";
import type { AvroType } from "../projection.ts";
import type { Value } from "../value.ts";
import { type Kind, nullable } from "./avro-kind.ts";
import { addExactly, sumOf } from "./exact-sum.ts";
import { decimal } from "./measures.ts";
import { bigOf, storedDecimal } from "./values.ts";

/** Columns by their names. */
export type Columns = Readonly<Record<string, AvroType>>;

/** What adds values up in columns. */
interface Total {
  readonly columns: Columns;
  /** Before any event. */
  readonly initial: State;
  fold(state: State, value: Value): State;
}

/** The sum or the average of values of a kind. @throws TypeError where they can't be added up. */
export function totalOf(name: string, kind: Kind, measure: string): Total {
  if (measure === "avg") return averageOf(name, kind);
  switch (kind.kind) {
    case "int":
    case "long":
      return longSum(name);
    case "double":
      return doubleSum(name);
    case "decimal":
      return decimalSum(name, kind);
    default:
      throw new TypeError(`values of the type ${kind.kind} can't be added up`);
  }
}

function longSum(name: string): Total {
  return {
    columns: { [name]: "long" },
    initial: { [name]: 0n },
    fold: (state, value) => {
      const sum = longOf(state[name]) + longOf(value);
      if (BigInt.asIntN(64, sum) !== sum)
        throw new RangeError(`${name} doesn't fit into 64 bits: sum it up as a decimal`);
      return { [name]: sum };
    },
  };
}

function doubleSum(name: string): Total {
  const column = `${name}_parts`;
  return {
    columns: { [name]: "double", [column]: { type: "array", items: "double" } },
    initial: { [name]: 0, [column]: [] },
    fold: (state, value) => {
      const parts = addExactly(numbersOf(state[column]), Number(value));
      return { [name]: sumOf(parts), [column]: parts };
    },
  };
}

type DecimalKind = Extract<Kind, { readonly kind: "decimal" }>;

/** Room for more than 10¹⁵ of the longest values, or for all that a stored decimal can hold. */
function wider({ precision, scale }: DecimalKind): { readonly precision: number; readonly scale: number } {
  return { precision: precision <= DECIMAL_DIGITS ? DECIMAL_DIGITS : precision + 15, scale };
}

function decimalSum(name: string, kind: DecimalKind): Total {
  const type = wider(kind);
  return {
    columns: { [name]: decimal(type.precision, type.scale) },
    initial: { [name]: storedDecimal(new Big(0), type) },
    fold: (state, value) => ({ [name]: storedDecimal(bigOf(state[name] ?? "0").plus(bigOf(value)), type) }),
  };
}

/** An average of decimals has so many more digits behind the point. */
const MORE_DIGITS = 4;

function averageOf(name: string, kind: Kind): Total {
  const [sum, counted] = [`${name}_sum`, `${name}_count`];
  const total = totalOf(sum, kind, "sum");
  const average = quotientOf(kind);
  return {
    columns: { [name]: nullable(average.type), ...total.columns, [counted]: "long" },
    initial: { ...total.initial, [counted]: 0n },
    fold: (state, value) => {
      const added = total.fold(state, value);
      const count = longOf(state[counted]) + 1n;
      return { ...added, [counted]: count, [name]: average.of(added[sum] ?? null, count) };
    },
  };
}

interface Quotient {
  readonly type: AvroType;
  of(sum: Value, count: bigint): Value;
}

function quotientOf(kind: Kind): Quotient {
  if (kind.kind !== "decimal") return { type: "double", of: doubleQuotient };
  const { precision, scale } = wider(kind);
  const type = { precision, scale: Math.min(scale + MORE_DIGITS, precision) };
  const Exact = Big();
  Exact.DP = type.scale;
  Exact.RM = Big.roundHalfEven;
  return {
    type: decimal(type.precision, type.scale),
    of: (sum, count) => storedDecimal(new Exact(bigOf(sum)).div(String(count)), type),
  };
}

function doubleQuotient(sum: Value, count: bigint): number {
  if (typeof sum !== "bigint" || Number.isSafeInteger(Number(sum))) return Number(sum) / Number(count);
  return Number(new Big(String(sum)).div(String(count)).toString());
}

function longOf(value: Value | undefined): bigint {
  return typeof value === "number" || typeof value === "bigint" ? BigInt(value) : 0n;
}

function numbersOf(value: Value | undefined): readonly number[] {
  const isNumber = (item: Value): item is number => typeof item === "number";
  return isList(value) ? value.filter(isNumber) : [];
}

function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
