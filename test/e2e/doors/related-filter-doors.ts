import { type Cell, type Door, NOBODY } from "./door.ts";

const users = (...found: readonly string[]): Cell => ({ data: { found: found.map((id) => ({ id })) } });

/** A filter of users by what leads to or from them, and whom it finds for each who may ask. */
function userDoor(name: string, where: string, may: Partial<Door["must"]>): Door {
  return {
    name: `users by ${name}`,
    operation: { query: `{ found: users(where: ${where}) { id } }` },
    denied: null,
    must: { ...NOBODY, admin: "FORBIDDEN", ...may },
  };
}

function accountDoor(name: string, where: string, may: Partial<Door["must"]>): Door {
  return {
    name: `accounts by ${name}`,
    operation: { query: `{ found: accounts(where: ${where}) { id } }` },
    denied: null,
    must: { ...NOBODY, admin: "FORBIDDEN", ...may },
  };
}

/** Nobody learns by a filter of a row, or of a column, that they may not see. */
export const relatedFilterDoors: readonly Door[] = [
  userDoor("whether they have an account", "{ accounts: { some: {} } }", {
    anonymous: users("ann"),
    reader: users("ann"),
    admin: users("ann", "bob"),
  }),
  userDoor("that they have none", "{ accounts: { none: {} } }", {
    anonymous: users("bob"),
    reader: users(),
    admin: users(),
  }),
  userDoor("that they don't have none", "{ NOT: { OR: [{ accounts: { none: {} } }] } }", {
    anonymous: users("ann"),
    reader: users("ann"),
    admin: users("ann", "bob"),
  }),
  userDoor("nothing of their accounts", "{ accounts: {} }", {
    anonymous: users("ann", "bob"),
    reader: users("ann"),
    admin: users("ann", "bob"),
  }),
  userDoor("an account of somebody else", '{ accountsByMembers: { some: { id: { eq: "foreign" } } } }', {
    reader: users(),
    self: users(),
    admin: users("ann", "bob"),
  }),
  userDoor("all their accounts' being other ones", '{ accountsByMembers: { every: { id: { ne: "foreign" } } } }', {
    reader: users("ann"),
    self: users("ann"),
    admin: users(),
  }),
  userDoor("a column of accounts", "{ accountsByMembers: { some: { balance: { gt: 0 } } } }", {
    reader: users("ann"),
    admin: users("ann", "bob"),
  }),
  userDoor(
    "a column of accounts, deep within",
    "{ OR: [{ NOT: { accountsByMembers: { none: { AND: [{ balance: { lt: 0 } }] } } } }] }",
    { reader: users(), admin: users() },
  ),
  userDoor(
    "the present and the former name of a column",
    '{ accountsByMembers: { some: { label: { eq: "mine" }, nickname: { eq: "mine" } } } }',
    {
      reader: users("ann"),
      self: users("ann"),
      admin: users("ann", "bob"),
    },
  ),
  userDoor("who else is a member", '{ accountsByMembers: { some: { users: { some: { id: { eq: "bob" } } } } } }', {
    reader: users(),
    self: users(),
    admin: users("ann", "bob"),
  }),
  userDoor(
    "a column of who else is a member",
    '{ accountsByMembers: { some: { users: { some: { email: { startsWith: "a" } } } } } }',
    { reader: users("ann"), admin: users("ann", "bob") },
  ),
  accountDoor("their owner", '{ user: { id: { eq: "bob" } } }', {
    anonymous: users(),
    reader: users(),
    admin: users("lent"),
  }),
  accountDoor("their owner's being no other", '{ NOT: { user: { id: { eq: "bob" } } } }', {
    anonymous: users("own"),
    reader: users("lent", "own"),
    admin: users("foreign", "own"),
  }),
  accountDoor("a column of their owner", '{ user: { email: { eq: "foreign" } } }', {
    reader: users(),
    admin: users("lent"),
  }),
  accountDoor("a column of their owner that the reader may not see", '{ NOT: { user: { last_name: { eq: "x" } } } }', {
    admin: users("foreign", "lent", "own"),
  }),
  accountDoor("a member of somebody else", '{ users: { some: { firstname: { eq: "foreign" } } } }', {
    reader: users(),
    self: users(),
    admin: users("foreign", "own"),
  }),
  accountDoor("no member of somebody else", '{ users: { none: { firstname: { eq: "foreign" } } } }', {
    reader: users("lent", "own"),
    self: users("own"),
    admin: users("lent"),
  }),
  accountDoor("all members being one's own", '{ users: { every: { firstname: { eq: "Ada" } } } }', {
    reader: users("lent", "own"),
    self: users("own"),
    admin: users("lent"),
  }),
  {
    name: "pages by whether users have an account",
    operation: {
      query: `{
        found: usersConnection(where: { accounts: { some: {} } }, last: 9) { totalCount nodes { id } }
      }`,
    },
    denied: null,
    must: {
      ...NOBODY,
      anonymous: { data: { found: { totalCount: 1, nodes: [{ id: "ann" }] } } },
      reader: { data: { found: { totalCount: 1, nodes: [{ id: "ann" }] } } },
      admin: { data: { found: { totalCount: 2, nodes: [{ id: "ann" }, { id: "bob" }] } } },
    },
  },
  {
    name: "groups by whether users have an account",
    operation: { query: "{ found: usersAggregate(where: { accounts: { some: {} } }) { count } }" },
    denied: null,
    must: {
      ...NOBODY,
      anonymous: { data: { found: [{ count: 1 }] } },
      reader: { data: { found: [{ count: 1 }] } },
      admin: { data: { found: [{ count: 2 }] } },
    },
  },
];
