import { administrationDoors } from "./administration-doors.ts";
import { outcomeDoors } from "./command-doors.ts";
import { type Cell, type Door, NOBODY, NO_READERS, type Role, everyone, readers } from "./door.ts";
import { entityDoors } from "./entity-doors.ts";
import { groupDoors } from "./group-doors.ts";
import { historyDoors } from "./history-doors.ts";
import type { House, Receipts } from "./house.ts";
import { pageDoors } from "./page-doors.ts";
import { relatedFilterDoors } from "./related-filter-doors.ts";
import { relationDoors } from "./relation-doors.ts";
import { variableDoors } from "./variable-doors.ts";

const ANN = { data: { user: { firstname: "Ada" } } };
const BOB = { data: { user: { firstname: "foreign" } } };
const NO_USER = { data: { user: null } };
const users = (...ids: readonly string[]): Cell => ({ data: { users: ids.map((id) => ({ id })) } });
const accounts = (...ids: readonly string[]): Cell => ({ data: { accounts: ids.map((id) => ({ id })) } });
const user = { denied: { user: null } };
const list = { denied: null };

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

/** Of a second aggregate each learns what they may see of it, whatever they may see of the first. */
const others: readonly Door[] = [
  {
    name: "a row of another aggregate",
    operation: { query: '{ account(id: "own") { owner } }' },
    denied: { account: null },
    must: {
      ...NOBODY,
      anonymous: { data: { account: { owner: "ann" } } },
      reader: { data: { account: { owner: "ann" } } },
      admin: { data: { account: { owner: "ann" } } },
    },
  },
  {
    name: "the rows of another aggregate",
    operation: { query: "{ accounts { id } }" },
    denied: null,
    must: {
      ...NOBODY,
      anonymous: accounts("own"),
      reader: accounts("lent", "own"),
      self: accounts("own"),
      admin: accounts("foreign", "lent", "own"),
    },
  },
  {
    name: "another aggregate beside one's own",
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
    anonymous: { data: { ...ANN.data, account: null } },
    reader: { data: { ...ANN.data, account: null } },
    self: { data: { ...ANN.data, account: null } },
    admin: { data: { ...ANN.data, account: { owner: "foreign" } } },
  };
}

const HIDDEN: Cell = { codes: ["BAD_USER_INPUT"], status: 400 };
const hidden: readonly Door[] = [
  ["selected", "{ accounts { pin } }"],
  ["in a filter", '{ accounts(where: { pin: { eq: "0000" } }) { id } }'],
  ["in a filter through a relation", '{ users(where: { accounts: { some: { pin: { eq: "0000" } } } }) { id } }'],
  ["in an order", "{ accounts(orderBy: [{ pin: ASC }]) { id } }"],
  ["in a page's order", "{ accountsConnection(orderBy: [{ pin: ASC }]) { totalCount } }"],
  ["to tell rows apart", "{ accounts(distinct: [pin]) { id } }"],
  ["to group by", "{ accountsAggregate(groupBy: [pin]) { count } }"],
  ["in a group's key", "{ accountsAggregate { key { pin } } }"],
  ["counted", "{ accountsAggregate { count(column: pin) } }"],
  ["in max", "{ accountsAggregate { max { pin } } }"],
  ["in having", "{ accountsAggregate(having: { max: { pin: { isNull: false } } }) { count } }"],
  ["in an order of groups", "{ accountsAggregate(groupBy: [id], orderBy: [{ max: { pin: ASC } }]) { count } }"],
  ["of an event", '{ accountEvents(id: "own") { nodes { ... on AccountOpened { pin } } } }'],
  ["of an entity", '{ _entities(representations: [{ __typename: "Account", id: "own" }]) { ... on Account { pin } } }'],
  ["as what leads to another row", '{ accountsByAuditor: user(id: "ann") { accountsByAuditor { id } } }'],
].map(([where, query = ""]) => ({
  name: `a hidden column, ${where}`,
  operation: { query },
  denied: null,
  must: everyone(HIDDEN),
}));

const ACCOUNT_FIELDS = ["id", "owner", "members", "balance", "label", "nickname", "_meta", "user", "users"];

const schema: readonly Door[] = [
  {
    name: "the schema",
    operation: { query: '{ __type(name: "Account") { fields(includeDeprecated: true) { name } } }' },
    denied: null,
    // Names alone, and never a hidden one.
    must: everyone({ data: { __type: { fields: ACCOUNT_FIELDS.map((name) => ({ name })) } } }),
  },
];

/** Waits for an event of somebody else: what is then read is one's own all the same. */
function consistent({ user: ofUser, account }: Receipts): readonly Door[] {
  const query = (receipt: string): string => `query @consistentWith(receipt: "${receipt}") { users { id } }`;
  const denied = { data: undefined, codes: ["FORBIDDEN"] };
  const refused = { claimless: denied, writer: denied, deleter: denied, stranger: denied };
  const rows = { ...readers(users("ann", "bob")), reader: users("ann"), self: users("ann") };
  const ofAccount = { ...rows, ...refused, importer: denied };
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
export function queryDoors({
  receipts,
  generation,
  sdl,
  tally,
}: Pick<House, "receipts" | "generation" | "sdl" | "tally">): readonly Door[] {
  const newest = {
    name: "how new the schema is",
    operation: { query: "{ _generation }" },
    denied: null,
    must: everyone({ data: { _generation: generation } }),
  };
  return [...lookups, ...lists, ...others, ...hidden, ...schema, newest, ...consistent(receipts)]
    .concat(pageDoors, groupDoors, historyDoors, entityDoors(sdl))
    .concat(relationDoors, relatedFilterDoors, variableDoors, outcomeDoors({ tally }), administrationDoors);
}
