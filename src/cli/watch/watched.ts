import { z } from "zod";
import { EventQLError } from "../../errors.ts";
import { nearest } from "./nearest.ts";

/** What the API has to watch documents by. */
export interface Watched {
  /** The subscription's field. */
  readonly field: string;
  /** The field of a change that holds the document. */
  readonly document: string;
  /** The input type of `where`. */
  readonly where: string;
  /** Columns that can be shown in a cell: scalars, enumerations and lists of them. */
  readonly columns: readonly string[];
}

const type = z.object({
  kind: z.string(),
  name: z.string().nullable(),
  get ofType() {
    return type.nullish();
  },
});
type TypeRef = z.infer<typeof type>;
const named = z.object({ name: z.string(), type });
const Introspection = z.object({
  __schema: z.object({
    queryType: z.object({ fields: z.array(named) }),
    subscriptionType: z.object({ fields: z.array(named.extend({ args: z.array(named) })) }).nullable(),
    types: z.array(z.object({ name: z.string(), fields: z.array(named).nullable() })),
  }),
});

/** Asks for what {@link findWatched} reads. */
export const INTROSPECTION = `{ __schema {
  queryType { fields { name type { ...T } } }
  subscriptionType { fields { name args { name type { ...T } } type { ...T } } }
  types { name fields { name type { ...T } } }
} }
fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }`;

/**
 * Finds the subscription for the documents of a list or lookup field, such as `users`.
 * @throws EventQLError `BAD_USER_INPUT` naming what there is.
 */
export function findWatched(introspection: unknown, name: string): Watched {
  const { queryType, subscriptionType, types } = Introspection.parse(introspection).__schema;
  const fieldsOf = new Map(types.map((each) => [each.name, each.fields ?? []]));
  const subscriptions = (subscriptionType?.fields ?? []).flatMap((field) => {
    const change = fieldsOf.get(leafOf(field.type).name ?? "") ?? [];
    const document = change.find((each) => leafOf(each.type).kind === "OBJECT" && each.name !== "previous");
    const where = field.args.find((argument) => argument.name === "where");
    if (document === undefined || where === undefined) return [];
    return [{ field: field.name, document, where: leafOf(where.type).name ?? "" }];
  });
  const lists = queryType.fields.filter((query) => subscriptions.some(({ document }) => sameType(document, query)));
  const list = lists.find((query) => query.name === name);
  const found = subscriptions.find(({ document }) => list !== undefined && sameType(document, list));
  if (found === undefined) {
    const names = lists.filter(({ type: of }) => of.kind !== "OBJECT").map((query) => query.name);
    throw new EventQLError("BAD_USER_INPUT", `There are no ${name} to watch. ${nearest(name, names)}`);
  }
  const columns = (fieldsOf.get(leafOf(found.document.type).name ?? "") ?? [])
    .filter((column) => ["SCALAR", "ENUM"].includes(leafOf(column.type).kind))
    .map((column) => column.name);
  return { field: found.field, document: found.document.name, where: found.where, columns };
}

function leafOf(of: TypeRef): TypeRef {
  return of.ofType === null || of.ofType === undefined ? of : leafOf(of.ofType);
}

function sameType(a: z.infer<typeof named>, b: z.infer<typeof named>): boolean {
  return leafOf(a.type).name === leafOf(b.type).name;
}
