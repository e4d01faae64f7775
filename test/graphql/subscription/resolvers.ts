import { type GraphQLSchema, isObjectType } from "graphql";

/** Counts how often a column is shown. */
export function countShown(schema: GraphQLSchema, column = "firstname"): { shown: number } {
  const count = { shown: 0 };
  replaceResolver(schema, column, (value) => {
    count.shown += 1;
    return value;
  });
  return count;
}

/** Puts something between the value of a column of `User` and those who see it. */
export function replaceResolver(schema: GraphQLSchema, column: string, replace: (value: unknown) => unknown): void {
  const type = schema.getType("User");
  const field = isObjectType(type) ? type.getFields()[column] : undefined;
  if (field === undefined) throw new TypeError(`no column ${column}`);
  const { resolve } = field;
  field.resolve = (...args) => replace(resolve?.(...args));
}
