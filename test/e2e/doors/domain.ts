import type { Policies } from "../../../src/index.ts";

/**
 * The second aggregate, which references the first: no previous documents are kept of it, a column is renamed, and one
 * that is hidden, and references too.
 */
export const ACCOUNT_OPENED = {
  type: "record",
  name: "AccountOpened",
  namespace: "app.account",
  eventql: { aggregate: "Account", history: true },
  fields: [
    { name: "owner", type: "string", eventql: { references: "User" } },
    { name: "members", type: { type: "array", items: "string" }, default: [], eventql: { references: "User" } },
    { name: "balance", type: "int", default: 0 },
    { name: "label", aliases: ["nickname"], type: ["null", "string"], default: null },
    { name: "pin", type: "string", eventql: { hidden: true } },
    { name: "auditor", type: "string", default: "ann", eventql: { hidden: true, references: "User" } },
  ],
} as const;

/** The third, which its rules change, and clients beside them; several of its events can be appended as one. */
export const TALLY_MOVED = {
  type: "record",
  name: "TallyMoved",
  namespace: "app.tally",
  eventql: { aggregate: "Tally", transactions: true },
  fields: [
    { name: "by", type: "int" },
    { name: "secret", type: ["null", "string"], default: null, eventql: { hidden: true } },
  ],
} as const;

/** Its one command. */
export const MOVE_TALLY = {
  type: "record",
  name: "MoveTally",
  namespace: "app.tally",
  fields: [{ name: "by", type: "int" }],
} as const;

/** The source text of its rules: what a configuration file holds. */
export function tallyRules(topic: string): string {
  return `{
    aggregate: "Tally", topic: "${topic}", initial: {}, version: 1, eventMutations: true, evolve: undefined,
    decide: {
      MoveTally: (_state, { by }) =>
        by < 0 ? { rejected: "NEGATIVE", message: undefined } : [{ type: "TallyMoved", payload: { by } }],
    },
  }`;
}

const NOT_OF_STRANGERS = { NOT: { owner: { in: "$claims.strangers" } } };

/** What each role may do; what isn't named is denied. */
export const policies: Policies = {
  User: {
    anonymous: { read: { columns: ["firstname"] }, subscribe: false },
    reader: {
      read: { where: { last_name: { eq: "$claims.sub" } }, columns: ["firstname", "email"] },
      append: ["UserEmailChanged"],
    },
    self: { read: { where: { id: { eq: "$claims.sub" } }, columns: ["firstname", "last_name"] } },
    writer: { append: ["UserChanged"] },
    deleter: { delete: true },
    importer: { read: true, append: true },
  },
  Account: {
    anonymous: { read: { where: { owner: { eq: "ann" } }, columns: ["owner"] }, subscribe: false },
    // Of a deleted account nothing but the key is known, which this filter alone would let through.
    reader: {
      read: { where: NOT_OF_STRANGERS },
      // Who is told of each change sees less of it than who asks.
      subscribe: { where: NOT_OF_STRANGERS, columns: ["owner", "members"] },
    },
    // By the column's older name.
    self: { read: { where: { id: { eq: "own" } }, columns: ["members", "nickname"] } },
  },
  Tally: {
    reader: { read: { where: { id: { eq: "own" } } }, append: ["TallyMoved"] },
    self: { read: true, append: ["EventInvalidate"] },
    writer: { append: ["MoveTally"] },
    deleter: { delete: true },
    importer: { read: true, append: true },
  },
};

/**
 * Of the users a row of ann and one of somebody else; of the accounts one of ann, one of somebody whom the reader may see
 * nothing of, and one that the reader may see and whose owner they may not.
 */
export const SEED = `mutation {
  ann: userChanged(id: "ann", input: { first_name: "Ada", last_name: "ann" }) { status }
  annEmail: userEmailChanged(id: "ann", input: { email: "ada@own" }) { status }
  bob: userChanged(id: "bob", input: { first_name: "foreign", last_name: "bob" }) { status }
  bobGone: userDeactivated(id: "bob", input: { deactivated_at: "2024-01-01T00:00:00Z", reason: "foreign" }) { status }
  user: userEmailChanged(id: "bob", input: { email: "foreign" }) { status receipt }
  own: accountOpened(
    id: "own", input: { owner: "ann", members: ["ann", "bob"], balance: 7, label: "mine", pin: "hidden" }
  ) { status }
  lent: accountOpened(id: "lent", input: { owner: "bob", balance: 20, pin: "hidden" }) { status }
  account: accountOpened(
    id: "foreign", input: { owner: "foreign", members: ["bob", "ann"], balance: 1000, label: "foreign", pin: "hidden" }
  ) { status receipt }
  tally: moveTally(id: "own", input: { by: 5 }, commandId: "seeded") { status }
  moved: tallyMoved(id: "other", input: { by: 6 }, commandId: "seeded event") { status }
}`;
