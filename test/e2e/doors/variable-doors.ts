import { type Column, type Table, must, tables } from "./columns.ts";
import type { Cell, Door } from "./door.ts";

/** What a request names by its variables, and not in its text. */
interface Asked {
  readonly name: string;
  readonly column: string;
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly seen: unknown;
}

const ANN = { id: { eq: "ann" } };
const OWN = { users: [{ id: "ann" }] };
const ONE = { groups: [{ n: 1 }] };
const MEASURE = "fragment Measure on UserGroup { max { ...Values } } fragment Values on UserGroupMax { email }";

const asked: readonly Asked[] = [
  {
    name: "a filter",
    column: "email",
    query: "query ($where: UserWhere) { users(where: $where) { id } }",
    variables: { where: { ...ANN, OR: [{ NOT: { email: { isNull: true } } }] } },
    seen: OWN,
  },
  {
    name: "an order",
    column: "email",
    query: 'query ($by: [UserOrderBy!]) { users(where: { id: { eq: "ann" } }, orderBy: $by) { id } }',
    variables: { by: [{ id: "ASC" }, { email: "DESC" }] },
    seen: OWN,
  },
  {
    name: "an order's direction",
    column: "email",
    query: 'query ($to: SortOrder!) { users(where: { id: { eq: "ann" } }, orderBy: [{ email: $to }]) { id } }',
    variables: { to: "ASC" },
    seen: OWN,
  },
  {
    name: "what tells rows apart",
    column: "last_name",
    query: 'query ($of: [UserColumn!]) { users(where: { id: { eq: "ann" } }, distinct: $of) { id } }',
    variables: { of: ["firstname", "last_name"] },
    seen: OWN,
  },
  {
    name: "what is counted",
    column: "email",
    query: 'query ($of: UserColumn) { groups: usersAggregate(where: { id: { eq: "ann" } }) { n: count(column: $of) } }',
    variables: { of: "email" },
    seen: ONE,
  },
  {
    name: "what is counted where nothing else is said",
    column: "email",
    query: `query ($of: UserColumn = email) {
      groups: usersAggregate(where: { id: { eq: "ann" } }) { n: count(column: $of) }
    }`,
    seen: ONE,
  },
  {
    name: "what is grouped by",
    column: "last_name",
    query: `query ($by: [UserColumn!], $to: [UserGroupOrderBy!]) {
      groups: usersAggregate(where: { id: { eq: "ann" } }, groupBy: $by, orderBy: $to) { n: count }
    }`,
    variables: { by: ["firstname", "last_name"], to: [{ key: { last_name: "ASC" } }] },
    seen: ONE,
  },
  {
    name: "which groups there are",
    column: "email",
    query: `query ($having: UserHaving) {
      groups: usersAggregate(where: { id: { eq: "ann" } }, having: $having) { n: count }
    }`,
    variables: { having: { OR: [{ max: { email: { contains: "@" } } }] } },
    seen: ONE,
  },
  {
    name: "whether a fragment counts",
    column: "email",
    query: `query ($with: Boolean!) {
      groups: usersAggregate(where: { id: { eq: "ann" } }) { n: count ...Measure @include(if: $with) }
    } ${MEASURE}`,
    variables: { with: true },
    seen: { groups: [{ n: 1, max: { email: "ada@own" } }] },
  },
  {
    name: "that a fragment doesn't count, which asks for nothing",
    column: "id",
    query: `query ($with: Boolean!) {
      groups: usersAggregate(where: { id: { eq: "ann" } }) { n: count ...Measure @include(if: $with) }
    } ${MEASURE}`,
    variables: { with: false },
    seen: ONE,
  },
];

/** The users' columns, named by variables. */
export const variableDoors: readonly Door[] = tables
  .filter(({ type }) => type === "User")
  .flatMap((table) => asked.map((one) => doorOf(table, one)));

function doorOf(table: Table, { name, column, query, variables, seen }: Asked): Door {
  const cell: Cell = { data: seen };
  const info: Column = table.columns[column] ?? { value: null, seenBy: [] };
  return {
    name: `a variable that says ${name}`,
    operation: { query, ...(variables && { variables }) },
    denied: null,
    must: must(table, info, cell, "FORBIDDEN"),
  };
}
