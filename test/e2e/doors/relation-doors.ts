import { type Cell, type Door, NOBODY } from "./door.ts";

const users = (of: Readonly<Record<string, readonly string[]>>, name: string): Cell => ({
  data: { users: Object.entries(of).map(([id, found]) => ({ id, [name]: ids(found) })) },
});
const list = { denied: null };
const OPENED = "app.account.AccountOpened";

function ids(of: readonly string[]): readonly object[] {
  return of.map((id) => ({ id }));
}

/** From a document to the one that a column of it names. */
const ones: readonly Door[] = [
  {
    ...list,
    name: "the owners of accounts: each sees of them what they may see of users",
    operation: { query: "{ accounts { id user { id } } }" },
    must: {
      ...NOBODY,
      anonymous: { data: { accounts: [{ id: "own", user: { id: "ann" } }] } },
      reader: {
        data: {
          accounts: [
            { id: "lent", user: null },
            { id: "own", user: { id: "ann" } },
          ],
        },
      },
      // The column that names the owner is not for them: it would tell the id.
      self: "FORBIDDEN",
      admin: {
        data: {
          accounts: [
            { id: "foreign", user: null },
            { id: "lent", user: { id: "bob" } },
            { id: "own", user: { id: "ann" } },
          ],
        },
      },
    },
  },
  {
    name: "the owner of one account",
    operation: { query: '{ account(id: "own") { user { id } } }' },
    denied: { account: null },
    must: {
      ...NOBODY,
      ...sameForOwners({ data: { account: { user: { id: "ann" } } } }),
      self: { data: { account: { user: null } }, codes: ["FORBIDDEN"] },
    },
  },
  {
    ...list,
    name: "a column of the owner that is not for all",
    operation: {
      query: '{ accounts(where: { id: { eq: "own" } }) { ...Part } } fragment Part on Account { user { email } }',
    },
    must: {
      ...NOBODY,
      anonymous: { data: { accounts: [{ user: { email: null } }] }, codes: ["FORBIDDEN"] },
      reader: { data: { accounts: [{ user: { email: "ada@own" } }] } },
      admin: { data: { accounts: [{ user: { email: "ada@own" } }] } },
    },
  },
];

/** From a document to those that a list in it names. */
const listed: readonly Door[] = [
  {
    name: "the members of an account",
    operation: { query: '{ account(id: "own") { users(limit: 9, offset: 0) { id firstname } } }' },
    denied: { account: null },
    must: {
      ...NOBODY,
      // The column that names them is not for them.
      anonymous: "FORBIDDEN",
      reader: { data: { account: { users: [{ id: "ann", firstname: "Ada" }] } } },
      self: { data: { account: { users: [{ id: "ann", firstname: "Ada" }] } } },
      admin: {
        data: {
          account: {
            users: [
              { id: "ann", firstname: "Ada" },
              { id: "bob", firstname: "foreign" },
            ],
          },
        },
      },
    },
  },
  {
    name: "a column of the members that is not for all",
    operation: { query: '{ account(id: "own") { users(limit: 1) { email } } }' },
    denied: { account: null },
    must: {
      ...NOBODY,
      reader: { data: { account: { users: [{ email: "ada@own" }] } } },
      admin: { data: { account: { users: [{ email: "ada@own" }] } } },
    },
  },
];

/** From a document to those that name it. */
const referencing: readonly Door[] = [
  {
    ...list,
    name: "the accounts of users",
    operation: { query: "{ users { id accounts { id } } }" },
    must: {
      ...NOBODY,
      anonymous: users({ ann: ["own"], bob: [] }, "accounts"),
      reader: users({ ann: ["own"] }, "accounts"),
      admin: users({ ann: ["own"], bob: ["lent"] }, "accounts"),
    },
  },
  {
    ...list,
    name: "the accounts that users are members of",
    operation: {
      query:
        '{ users { id accountsByMembers(where: { NOT: { AND: [{ id: { eq: "none" } }] } }, orderBy: [{ id: ASC }], limit: 9, offset: 0) { id } } }',
    },
    must: {
      ...NOBODY,
      reader: users({ ann: ["own"] }, "accountsByMembers"),
      self: users({ ann: ["own"] }, "accountsByMembers"),
      admin: users({ ann: ["foreign", "own"], bob: ["foreign", "own"] }, "accountsByMembers"),
    },
  },
  ...[
    "where: { balance: { gt: 0 } }",
    "orderBy: [{ balance: DESC }]",
    "where: { users: { some: { email: { isNull: false } } } }",
  ].map((args): Door => ({
    ...list,
    name: `the accounts that users are members of, ${args}`,
    operation: { query: `{ users(where: { id: { eq: "ann" } }) { id accountsByMembers(${args}, limit: 1) { id } } }` },
    must: {
      ...NOBODY,
      reader: users({ ann: ["own"] }, "accountsByMembers"),
      admin: users({ ann: ["foreign"] }, "accountsByMembers"),
    },
  })),
  {
    name: "a column of accounts that is not for all, at the end of a way",
    operation: {
      query:
        '{ user(id: "ann") { accountsByMembers(limit: 9) { users(limit: 9) { accountsByMembers(limit: 9) { balance } } } } }',
    },
    denied: { user: null },
    must: {
      ...NOBODY,
      reader: { data: { user: { accountsByMembers: [{ users: [{ accountsByMembers: [{ balance: 7 }] }] }] } } },
      admin: {
        data: {
          user: {
            accountsByMembers: [
              { users: [both([1000, 7]), both([1000, 7])] },
              { users: [both([1000, 7]), both([1000, 7])] },
            ],
          },
        },
      },
    },
  },
];

function both(balances: readonly number[]): object {
  return { accountsByMembers: balances.map((balance) => ({ balance })) };
}

/** Relations wherever a document is shown. */
const everywhere: readonly Door[] = [
  {
    ...list,
    name: "the accounts of a page's nodes",
    operation: { query: "{ page: usersConnection { nodes { accounts { id } } edges { node { accounts { id } } } } }" },
    must: {
      ...NOBODY,
      anonymous: nodes(["own"], []),
      reader: nodes(["own"]),
      admin: nodes(["own"], ["lent"]),
    },
  },
  {
    name: "the accounts of a row as it was",
    operation: { query: '{ user(id: "bob", asOf: { timestamp: "2100-01-01T00:00:00Z" }) { accounts { id } } }' },
    denied: { user: null },
    must: {
      ...NOBODY,
      anonymous: { data: { user: { accounts: [] } } },
      reader: { data: { user: null } },
      self: { data: { user: null } },
      admin: { data: { user: { accounts: ids(["lent"]) } } },
    },
  },
  {
    name: "the accounts of an entity",
    operation: {
      query: '{ _entities(representations: [{ __typename: "User", id: "ann" }]) { ... on User { accounts { id } } } }',
    },
    denied: { _entities: [null] },
    must: { ...NOBODY, ...sameForOwners({ data: { _entities: [{ accounts: ids(["own"]) }] } }) },
  },
  {
    ...list,
    name: "where a row comes from, and to whom it leads",
    operation: {
      query: '{ accounts(where: { id: { eq: "own" } }) { _meta { eventType } user { _meta { eventType } } } }',
    },
    must: {
      ...NOBODY,
      ...sameForOwners({
        data: {
          accounts: [{ _meta: { eventType: OPENED }, user: { _meta: { eventType: "app.user.UserEmailChanged" } } }],
        },
      }),
    },
  },
];

function sameForOwners(cell: Cell): Readonly<Record<"anonymous" | "reader" | "admin", Cell>> {
  return { anonymous: cell, reader: cell, admin: cell };
}

function nodes(...accounts: readonly (readonly string[])[]): Cell {
  const documents = accounts.map((of) => ({ accounts: ids(of) }));
  return { data: { page: { nodes: documents, edges: documents.map((node) => ({ node })) } } };
}

/** From document to document. */
export const relationDoors: readonly Door[] = [...ones, ...listed, ...referencing, ...everywhere];
