import { type Cell, type Door, NOBODY, type Role } from "./door.ts";

/** A row of the table of mutations. In its query `$id` is a key of the cell's own. */
export interface MutationDoor extends Door {
  /** The key that it appends to, where that is a row that there is. */
  readonly row?: string;
  /** The events that are in the log afterwards, by who sent it. */
  readonly appended: Readonly<Partial<Record<Role, readonly string[]>>>;
}

interface Options {
  readonly name: string;
  readonly field: string;
  /** The arguments beside the id. */
  readonly input?: string;
  /** What is selected beside the status. */
  readonly shown?: string;
  readonly row?: string;
  readonly event: string;
}

/** A mutation whose answer is null where it is denied. */
function mutation(
  { name, field, input, shown = "", row, event }: Options,
  may: Partial<Record<Role, Cell>>,
): MutationDoor {
  const id = row === undefined ? "$id" : `"${row}"`;
  const args = [`id: ${id}`, ...(input === undefined ? [] : [`input: ${input}`])].join(", ");
  return {
    name,
    operation: {
      query: `mutation${row === undefined ? " ($id: ID!)" : ""} { did: ${field}(${args}) { status ${shown} } }`,
    },
    denied: null,
    must: { ...NOBODY, admin: "FORBIDDEN", ...may },
    ...(row !== undefined && { row }),
    appended: Object.fromEntries(Object.keys(may).map((role) => [role, [event]])),
  };
}

const done = (shown: object = {}, ...codes: readonly string[]): Cell => ({
  data: { did: { status: "PROJECTED", ...shown } },
  codes,
});

const CHANGED = '{ first_name: "New", last_name: "new" }';
const NEW_USER = done({ user: { firstname: "New" } });
const EMAIL = '{ email: "ada@own" }';
const email = { field: "userEmailChanged", input: EMAIL, event: "UserEmailChanged" };
/** Of whom it isn't known what they may read. */
const UNREAD_EMAIL = done({ user: null }, "FORBIDDEN");
const LEADING = done({ user: { id: "ann", accounts: [{ id: "own", user: { id: "ann" } }] } });
const OWN_EMAIL = done({ user: { email: "ada@own" } });

/** Appending and deleting. Who may append an event type may do so to any row, and sees of it what they may read. */
export const mutationDoors: readonly MutationDoor[] = [
  mutation(
    { name: "UserChanged", field: "userChanged", input: CHANGED, shown: "user { firstname }", event: "UserChanged" },
    { writer: done({ user: null }, "FORBIDDEN"), importer: NEW_USER, admin: NEW_USER },
  ),
  mutation(
    { ...email, name: "UserEmailChanged of one's own row", row: "ann", shown: "user { email }" },
    { reader: OWN_EMAIL, claimless: UNREAD_EMAIL, importer: OWN_EMAIL, admin: OWN_EMAIL },
  ),
  mutation(
    {
      ...email,
      name: "UserEmailChanged, and a column that is not for the reader",
      row: "ann",
      shown: "user { reason }",
    },
    {
      reader: done({ user: { reason: null } }, "FORBIDDEN"),
      claimless: UNREAD_EMAIL,
      importer: done({ user: { reason: null } }),
      admin: done({ user: { reason: null } }),
    },
  ),
  mutation(
    { ...email, name: "UserEmailChanged of somebody else's row", row: "bob", shown: "user { id email }" },
    {
      reader: done({ user: null }),
      claimless: UNREAD_EMAIL,
      importer: done({ user: { id: "bob", email: "ada@own" } }),
      admin: done({ user: { id: "bob", email: "ada@own" } }),
    },
  ),
  mutation(
    {
      ...email,
      name: "UserEmailChanged of one's own row, and what it leads to",
      row: "ann",
      shown: 'user { id accounts(where: { id: { in: ["own", "lent"] } }) { id user { id } } }',
    },
    {
      reader: LEADING,
      claimless: UNREAD_EMAIL,
      // No policy lets them read the accounts.
      importer: UNREAD_EMAIL,
      admin: LEADING,
    },
  ),
  mutation(
    {
      name: "UserDeactivated",
      field: "userDeactivated",
      input: '{ deactivated_at: "2025-01-01T00:00:00Z" }',
      shown: "user { id }",
      event: "UserDeactivated",
    },
    // Of a row that is not there it makes none.
    { importer: done({ user: null }), admin: done({ user: null }) },
  ),
  mutation({ name: "the tombstone", field: "deleteUser", event: "UserTombstone" }, { deleter: done(), admin: done() }),
  mutation(
    {
      name: "an event of another aggregate",
      field: "accountOpened",
      input: '{ owner: "ann", pin: "hidden" }',
      shown: "account { owner }",
      event: "AccountOpened",
    },
    { admin: done({ account: { owner: "ann" } }) },
  ),
  mutation(
    { name: "the tombstone of another aggregate", field: "deleteAccount", event: "AccountTombstone" },
    { admin: done() },
  ),
  {
    name: "two in one, of which the second is denied to most",
    operation: {
      query: `mutation ($id: ID!) {
        did: userChanged(id: $id, input: ${CHANGED}) { status }
        deleted: deleteUser(id: $id) { status }
      }`,
    },
    denied: null,
    must: { ...NOBODY, admin: { data: { did: { status: "PROJECTED" }, deleted: { status: "PROJECTED" } } } },
    appended: { writer: ["UserChanged"], importer: ["UserChanged"], admin: ["UserChanged", "UserTombstone"] },
  },
];
