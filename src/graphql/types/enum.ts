import { GraphQLEnumType, type GraphQLEnumValueConfigMap } from "graphql";
import type { EnumType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import { namesBeside, validName } from "../names.ts";

const NOT_ENUM_VALUES = ["true", "false", "null"];

/** The GraphQL enum of an Avro enum: its values are the symbols. */
export function buildEnum(type: EnumType, name: string): GraphQLEnumType {
  const names = enumNames(type.symbols);
  const values: GraphQLEnumValueConfigMap = Object.fromEntries(
    type.symbols.map((symbol) => [names.get(symbol) ?? symbol, { value: symbol }]),
  );
  return new GraphQLEnumType({
    name,
    description: type.doc ?? `The Avro enum ${type.fullName}.`,
    values: type.symbols.length > 0 ? values : { _EMPTY: { description: "This enum has no symbols." } },
  });
}

/** What GraphQL calls symbols: as they are, where it can. */
export function enumNames(symbols: readonly string[]): ReadonlyMap<string, string> {
  const isFree = (symbol: string): boolean => !NOT_ENUM_VALUES.includes(symbol) && validName(symbol) === symbol;
  const kept = symbols.filter(isFree);
  const names = namesBeside([...NOT_ENUM_VALUES, ...kept]);
  const others = symbols.filter((symbol) => !isFree(symbol));
  return new Map([
    ...kept.map((symbol) => [symbol, symbol] as const),
    ...others.map((symbol) => [symbol, names.take(symbol)] as const),
  ]);
}

/** Reads a stored symbol: one that the enum doesn't have reads as its default. @throws EventQLError `VALUE_UNREPRESENTABLE` without one. */
export function readSymbol(type: EnumType): (stored: Value) => string {
  const symbols = new Set(type.symbols);
  return (stored) => {
    if (typeof stored === "string" && symbols.has(stored)) return stored;
    if (type.default !== undefined) return type.default;
    throw new EventQLError(
      "VALUE_UNREPRESENTABLE",
      `The stored symbol is none of ${type.fullName}, which has no default: add the symbol to the enum again.`,
    );
  };
}
