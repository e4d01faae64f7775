import { type Cell, type Door, NOBODY, NO_READERS, type Role, readers } from "./door.ts";
import type { House, Receipts } from "./house.ts";

const ANN = { data: { user: { firstname: "Ada" } } };
const BOB = { data: { user: { firstname: "foreign" } } };
const NO_USER = { data: { user: null } };
const users = (...ids: readonly string[]): Cell => ({ data: { users: ids.map((id) => ({ id })) } });
const accounts = (...ids: readonly string[]): Cell => ({ data: { accounts: ids.map((id) => ({ id })) } });
const user = { fields: ["Query.user"], denied: { user: null } };
const list = { fields: ["Query.users"], denied: null };

const lookups: readonly Door[] = [
  {
    ...user,
    name: "a row of one's own",
    operation: { query: '{ user(id: "ann") { firstname } }' },
    must: { ...NO_READERS, ...readers(ANN) },
  },
  {
    ...user,
    name: "a row of somebody else is as if it were not there",
    operation: { query: '{ user(id: "bob") { firstname } }' },
    must: { ...NO_READERS, ...readers(BOB), reader: NO_USER, self: NO_USER },
  },
  {
    ...user,
    name: "a row that is not there",
    operation: { query: '{ user(id: "nobody") { firstname } }' },
    must: { ...NO_READERS, ...readers(NO_USER) },
  },
];

const lists: readonly Door[] = [
  {
    ...list,
    name: "all rows",
    operation: { query: "{ users { id } }" },
    must: { ...NO_READERS, ...readers(users("ann", "bob")), reader: users("ann"), self: users("ann") },
  },
  {
    ...list,
    name: "the rows of somebody else, by key",
    operation: {
      query: "query ($ids: [ID!]) { users(where: { id: { in: $ids } }) { id } }",
      variables: { ids: ["bob"] },
    },
    must: { ...NO_READERS, ...readers(users("bob")), reader: users(), self: users() },
  },
  {
    ...list,
    name: "the rows of somebody else, by all that a filter has",
    operation: {
      query: '{ users(where: { OR: [{ id: { eq: "bob" } }, { NOT: { id: { eq: "ann" } } }, { AND: [] }] }) { id } }',
    },
    must: { ...NO_READERS, ...readers(users("ann", "bob")), reader: users("ann"), self: users("ann") },
  },
  {
    ...list,
    name: "the second page counts no row of somebody else",
    operation: { query: "{ users(orderBy: [{ firstname: ASC }], offset: 1) { id } }" },
    must: { ...NO_READERS, ...readers(users("bob")), reader: users(), self: users() },
  },
];

/** Nothing of a second aggregate may be learned but by the reader, of rows of their own. */
const others: readonly Door[] = [
  {
    name: "a row of another aggregate",
    fields: ["Query.account"],
    operation: { query: '{ account(id: "own") { owner } }' },
    denied: { account: null },
    must: {
      ...NOBODY,
      reader: { data: { account: { owner: "ann" } } },
      admin: { data: { account: { owner: "ann" } } },
    },
  },
  {
    name: "the rows of another aggregate",
    fields: ["Query.accounts"],
    operation: { query: "{ accounts { id } }" },
    denied: null,
    must: { ...NOBODY, reader: accounts("own"), admin: accounts("foreign", "own") },
  },
  {
    name: "another aggregate beside one's own",
    fields: ["Query.user", "Query.account"],
    operation: { query: '{ user(id: "ann") { firstname } account(id: "foreign") { owner } }' },
    denied: { user: null, account: null },
    must: beside(),
  },
];

function beside(): Readonly<Record<Role, Cell>> {
  const nothing = { data: { user: null, account: null }, codes: ["FORBIDDEN", "FORBIDDEN"] };
  const onlyUser = { data: { ...ANN.data, account: null }, codes: ["FORBIDDEN"] };
  return {
    ...readers(onlyUser),
    claimless: nothing,
    writer: nothing,
    deleter: nothing,
    stranger: nothing,
    reader: { data: { ...ANN.data, account: null } },
    admin: { data: { ...ANN.data, account: { owner: "foreign" } } },
  };
}

const HIDDEN: Cell = { codes: ["BAD_USER_INPUT"], status: 400 };
const ALL_HIDDEN: Door["must"] = {
  ...readers(HIDDEN),
  claimless: HIDDEN,
  writer: HIDDEN,
  deleter: HIDDEN,
  stranger: HIDDEN,
};

const hidden: readonly Door[] = [
  ["selected", "{ accounts { pin } }"],
  ["in a filter", '{ accounts(where: { pin: { eq: "0000" } }) { id } }'],
  ["in an order", "{ accounts(orderBy: [{ pin: ASC }]) { id } }"],
].map(([where, query = ""]) => ({
  name: `a hidden column, ${where}`,
  fields: ["Query.accounts"],
  operation: { query },
  denied: null,
  must: ALL_HIDDEN,
}));

const everyone = (cell: Cell): Door["must"] => ({
  ...readers(cell),
  claimless: cell,
  writer: cell,
  deleter: cell,
  stranger: cell,
});

const schema: readonly Door[] = [
  {
    name: "the schema",
    fields: [],
    operation: { query: '{ __type(name: "Account") { fields { name } } }' },
    denied: null,
    // Names alone, and never a hidden one.
    must: everyone({ data: { __type: { fields: ["id", "owner", "_meta"].map((name) => ({ name })) } } }),
  },
];

/** Waits for an event of somebody else: what is then read is one's own all the same. */
function consistent({ user: ofUser, account }: Receipts): readonly Door[] {
  const query = (receipt: string): string => `query @consistentWith(receipt: "${receipt}") { users { id } }`;
  const denied = { data: undefined, codes: ["FORBIDDEN"] };
  const refused = { claimless: denied, writer: denied, deleter: denied, stranger: denied };
  const rows = { ...readers(users("ann", "bob")), reader: users("ann"), self: users("ann") };
  const ofAccount = { ...readers(denied), ...refused, reader: users("ann"), admin: users("ann", "bob") };
  return [
    {
      ...list,
      name: "a receipt of somebody else's row",
      operation: { query: query(ofUser) },
      must: { ...refused, ...rows },
    },
    { ...list, name: "a receipt of another aggregate", operation: { query: query(account) }, must: ofAccount },
    {
      ...list,
      name: "a receipt of another aggregate, as a header",
      operation: { query: "{ users { id } }", headers: { "eventql-consistent-with": account } },
      must: ofAccount,
    },
  ];
}

/** Doors that only read. */
export function queryDoors({ receipts, generation }: Pick<House, "receipts" | "generation">): readonly Door[] {
  const newest = {
    name: "how new the schema is",
    fields: ["Query._generation"],
    operation: { query: "{ _generation }" },
    denied: null,
    must: everyone({ data: { _generation: generation } }),
  };
  return [...lookups, ...lists, ...others, ...hidden, ...schema, newest, ...consistent(receipts)];
}
