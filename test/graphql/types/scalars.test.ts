import { GraphQLObjectType, GraphQLSchema, GraphQLString, parse, validate } from "graphql";
import { describe, expect, it } from "vitest";
import {
  Base64Scalar,
  DateScalar,
  DateTimeScalar,
  DecimalScalar,
  LocalDateTimeScalar,
  LongScalar,
  TimeScalar,
  UUIDScalar,
} from "../../../src/graphql/types/scalars.ts";

const SCALARS = [
  LongScalar,
  Base64Scalar,
  DecimalScalar,
  UUIDScalar,
  DateScalar,
  TimeScalar,
  DateTimeScalar,
  LocalDateTimeScalar,
];

describe("a value that stands in the document", () => {
  it.each(SCALARS.map((scalar) => [scalar.name, scalar] as const))(
    "and is no %s is refused with its place",
    (name, type) => {
      const field = { type: GraphQLString, args: { value: { type } } };
      const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields: { field } }) });
      const [error, ...others] = validate(schema, parse('{\n  field(value: "?")\n}'));
      expect(others).toEqual([]);
      expect(error).toMatchObject({
        message: expect.stringContaining(`${name} must be `),
        locations: [{ line: 2, column: 16 }],
        extensions: { code: "BAD_USER_INPUT" },
      });
    },
  );
});
