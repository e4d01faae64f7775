import { GraphQLEnumType, type GraphQLEnumValueConfigMap } from "graphql";
import type { EnumType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { Value } from "../../model/value.ts";
import { namesBeside } from "../names.ts";

const NOT_ENUM_VALUES = ["true", "false", "null"];

/** The GraphQL enum of an Avro enum: its values are the symbols. */
export function buildEnum(type: EnumType, name: string): GraphQLEnumType {
  const names = namesBeside(NOT_ENUM_VALUES);
  const values: GraphQLEnumValueConfigMap = Object.fromEntries(
    type.symbols.map((symbol) => [names.take(symbol), { value: symbol }]),
  );
  return new GraphQLEnumType({
    name,
    description: type.doc ?? `The Avro enum ${type.fullName}.`,
    values: type.symbols.length > 0 ? values : { _EMPTY: { description: "This enum has no symbols." } },
  });
}

/** Reads a stored symbol: one that the enum doesn't have reads as its default. @throws EventQLError `INTERNAL` without one. */
export function readSymbol(type: EnumType): (stored: Value) => string {
  const symbols = new Set(type.symbols);
  return (stored) => {
    if (typeof stored === "string" && symbols.has(stored)) return stored;
    if (type.default !== undefined) return type.default;
    throw new EventQLError("INTERNAL", `The stored symbol is none of ${type.fullName}, which has no default.`);
  };
}
