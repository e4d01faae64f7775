import { GraphQLInputObjectType, GraphQLList, GraphQLString, coerceInputValue } from "graphql";
import { expect, it } from "vitest";
import { withoutPrototypes } from "../../src/graphql/without-prototypes.ts";

const Inner = new GraphQLInputObjectType({
  name: "Inner",
  fields: { toString: { type: GraphQLString }, a: { type: GraphQLString } },
});
const Outer = new GraphQLInputObjectType({
  name: "Outer",
  fields: { constructor: { type: GraphQLString }, inner: { type: Inner }, list: { type: new GraphQLList(Inner) } },
});

it("makes an input hold what was given, and nothing that every object has", () => {
  const given: unknown = JSON.parse('{"inner": {"a": "1"}, "list": [{}, null, {"toString": "2"}]}');
  withoutPrototypes(given);
  expect(JSON.stringify(coerceInputValue(given, Outer))).toBe('{"inner":{"a":"1"},"list":[{},null,{"toString":"2"}]}');
});

it.each([undefined, null, 5, "text", [], [undefined, null]])("leaves %j as it is", (given) => {
  expect(() => withoutPrototypes(given)).not.toThrow();
});

it("takes whatever depth JSON has", () => {
  const depth = 100_000;
  const given: unknown = JSON.parse(`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`);
  expect(() => withoutPrototypes(given)).not.toThrow();
});
