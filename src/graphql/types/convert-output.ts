import type { TypeRef, UnionType, ValueType } from "../../catalog/types.ts";
import { EventQLError } from "../../errors.ts";
import type { TaggedValue, Value } from "../../model/value.ts";
import type { TypeNames } from "../plan-types.ts";
import { readSymbol } from "./enum.ts";
import { scalarCodec } from "./scalar-codec.ts";

/** From the stored form of a value to what GraphQL executes on: records stay as they are, their fields convert. */
export type Convert = (stored: Value) => unknown;

/** Where a union's member carries the name of its GraphQL type. */
export const MEMBER: unique symbol = Symbol("member of a union");

/** Makes converters of types. */
export function converter(names: TypeNames): (ref: TypeRef) => Convert {
  const of = (ref: TypeRef): Convert => orNull(bare(ref.type));
  const bare = (type: ValueType): Convert => {
    if (type.kind === "enum") return readSymbol(type);
    if (type.kind === "record") return (stored) => stored;
    if (type.kind === "array") return eachOf(of(type.items));
    if (type.kind === "map") return eachOf(entryOf(of(type.values)));
    return type.kind === "union" ? unionOf(type) : (stored) => scalarCodec(type).toExternal(stored);
  };
  const unionOf = (union: UnionType): Convert => {
    const members = new Map(union.branches.map(({ tag, type }) => [tag, memberOf(type)]));
    return (stored) => {
      const member = isTagged(stored) ? members.get(stored._type) : undefined;
      if (member !== undefined && isTagged(stored)) return member(stored.value);
      throw new EventQLError("INTERNAL", `The stored value is of no branch of the union ${union.graphqlName}.`);
    };
  };
  const memberOf = (type: ValueType): Convert => {
    const convert = of({ type, nullable: false });
    if (type.kind !== "record") return (stored) => ({ value: convert(stored), [MEMBER]: names.box(type) });
    return (stored) => ({ ...(isFields(stored) ? stored : {}), [MEMBER]: names.of(type).output });
  };
  return of;
}

function orNull(convert: Convert): Convert {
  return (stored) => (stored === null ? null : convert(stored));
}

function eachOf(convert: Convert): Convert {
  return (stored) => {
    if (isList(stored)) return stored.map(convert);
    throw new EventQLError("INTERNAL", "The stored value isn't a list.");
  };
}

function entryOf(convert: Convert): Convert {
  return (stored) => ({
    key: isFields(stored) ? stored["key"] : null,
    value: convert(isFields(stored) ? (stored["value"] ?? null) : null),
  });
}

function isList(stored: Value): stored is readonly Value[] {
  return Array.isArray(stored);
}

function isFields(stored: Value): stored is { readonly [field: string]: Value } {
  return typeof stored === "object" && stored !== null;
}

function isTagged(stored: Value): stored is TaggedValue & { readonly [field: string]: Value } {
  return isFields(stored) && typeof stored["_type"] === "string" && "value" in stored;
}
