import { type Cell, type Door, NOBODY, NO_READERS, readers } from "./door.ts";

const groups = (...rows: readonly object[]): Cell => ({ data: { groups: rows } });
const list = { denied: null };

/** The two rows, or one's own alone. */
function rows(all: Cell, own: Cell): Door["must"] {
  return { ...NO_READERS, ...readers(all), reader: own, self: own };
}

const users: readonly Door[] = [
  {
    ...list,
    name: "what all rows come to",
    operation: { query: "{ groups: usersAggregate { count ids: count(column: id, distinct: true) max { id } } }" },
    must: rows(groups({ count: 2, ids: 2, max: { id: "bob" } }), groups({ count: 1, ids: 1, max: { id: "ann" } })),
  },
  {
    ...list,
    name: "a group for each row",
    operation: {
      query:
        "{ groups: usersAggregate(groupBy: [id], orderBy: [{ count: ASC }, { key: { id: DESC } }]) { key { id } } }",
    },
    must: rows(groups({ key: { id: "bob" } }, { key: { id: "ann" } }), groups({ key: { id: "ann" } })),
  },
  {
    ...list,
    name: "the second page of groups counts none of somebody else",
    operation: { query: "{ groups: usersAggregate(groupBy: [id], limit: 1, offset: 1) { key { id } } }" },
    must: rows(groups({ key: { id: "bob" } }), groups()),
  },
  {
    ...list,
    name: "whether there are more rows than one",
    operation: { query: "{ groups: usersAggregate(having: { count: { gt: 1 } }) { count } }" },
    must: rows(groups({ count: 2 }), groups()),
  },
  {
    ...list,
    name: "what the rows of somebody else come to",
    operation: { query: '{ groups: usersAggregate(where: { NOT: { id: { eq: "ann" } } }) { count min { id } } }' },
    must: rows(groups({ count: 1, min: { id: "bob" } }), groups({ count: 0, min: { id: null } })),
  },
  {
    ...list,
    name: "one row of each kind",
    operation: { query: "{ groups: users(distinct: [firstname], orderBy: [{ id: DESC }], limit: 9) { id } }" },
    must: rows(groups({ id: "bob" }, { id: "ann" }), groups({ id: "ann" })),
  },
];

const accounts: readonly Door[] = [
  {
    ...list,
    name: "what the accounts hold together",
    operation: { query: "{ groups: accountsAggregate { sum { balance } avg { balance } max { balance } } }" },
    must: {
      ...NOBODY,
      reader: groups({ sum: { balance: "27" }, avg: { balance: 13.5 }, max: { balance: 20 } }),
      admin: groups({ sum: { balance: "1027" }, avg: { balance: 1027 / 3 }, max: { balance: 1000 } }),
    },
  },
  {
    ...list,
    name: "a group of accounts by a sum",
    operation: {
      query: `{
        groups: accountsAggregate(
          groupBy: [owner], having: { sum: { balance: { gt: "10" } }, avg: { balance: { lt: 5000 } } },
          orderBy: [{ sum: { balance: DESC } }, { count: ASC }], limit: 5, offset: 0
        ) { key { owner } }
      }`,
    },
    must: {
      ...NOBODY,
      reader: groups({ key: { owner: "bob" } }),
      admin: groups({ key: { owner: "foreign" } }, { key: { owner: "bob" } }),
    },
  },
  {
    ...list,
    name: "accounts by the count of those who may be seen",
    operation: {
      query: `{
        groups: accountsAggregate(groupBy: [owner], having: { count: { gte: 1 } }, orderBy: [{ key: { owner: ASC } }]) {
          key { owner }
        }
      }`,
    },
    must: {
      ...NOBODY,
      anonymous: groups({ key: { owner: "ann" } }),
      reader: groups({ key: { owner: "ann" } }, { key: { owner: "bob" } }),
      admin: groups({ key: { owner: "ann" } }, { key: { owner: "bob" } }, { key: { owner: "foreign" } }),
    },
  },
  {
    ...list,
    name: "one account of each owner",
    operation: { query: "{ groups: accounts(distinct: [owner], limit: 9, offset: 0) { id } }" },
    must: {
      ...NOBODY,
      anonymous: groups({ id: "own" }),
      reader: groups({ id: "lent" }, { id: "own" }),
      admin: groups({ id: "foreign" }, { id: "lent" }, { id: "own" }),
    },
  },
];

/** What rows come to together. */
export const groupDoors: readonly Door[] = [...users, ...accounts];
