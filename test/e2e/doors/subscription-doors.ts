import { z } from "zod";
import { administrationStreamDoors } from "./administration-doors.ts";
import { NOBODY, type Role } from "./door.ts";
import { ACCOUNT_EVENTS, ALL_ACCOUNTS, ALL_USERS, CAT_USERS, OWN_ACCOUNTS, OWN_USERS, USER_EVENTS } from "./steps.ts";
import type { Result } from "./transports.ts";

/** What a subscriber must get: that it is denied or refused, or these items, and it goes on. */
export type StreamCell = "FORBIDDEN" | "BAD_USER_INPUT" | readonly unknown[];

/** A row of the table of subscriptions. */
export interface StreamDoor {
  readonly name: string;
  /** The root field that it goes through: `Subscription.userChanges`. */
  readonly field: string;
  /** Where it has a variable `$after`, it begins with a cursor. */
  readonly query: string;
  /** Makes of a result what the cells say. */
  readonly told: (result: Result) => readonly unknown[];
  /** Whether the cells are sorted by key: the order of events of different keys is nobody's promise. */
  readonly isByKey: boolean;
  readonly must: Readonly<Record<Role, StreamCell>>;
}

const document = z.record(z.string(), z.unknown()).nullable();
const change = z.record(
  z.string(),
  z.object({ operation: z.string(), id: z.string(), now: document, previous: document }),
);
const event = z.record(z.string(), z.object({ __typename: z.string(), id: z.string(), email: z.string().nullish() }));

function changeDoor(
  name: string,
  { of, shown, where = "" }: { readonly of: "user" | "account"; readonly shown: string; readonly where?: string },
  must: StreamDoor["must"],
): StreamDoor {
  const root = `${of}Changes`;
  return {
    name,
    field: `Subscription.${root}`,
    query: `subscription {
      ${root}(snapshot: true${where}) { operation id now: ${of} { seen: ${shown} } previous { seen: ${shown} } }
    }`,
    told: ({ data, codes }) => {
      const { [root]: told } = change.parse(data);
      return [told?.operation, told?.id, told?.now?.["seen"] ?? null, told?.previous?.["seen"] ?? null, ...codes];
    },
    isByKey: false,
    must,
  };
}

function ofKey(key: string): readonly unknown[] {
  return ALL_USERS.filter(([, id]) => id === key);
}

const EMAILS = [
  ["SNAPSHOT", "ann", "ada@own", null],
  ["UPDATE", "ann", "ada@own", "ada@own"],
  ["UPDATE", "ann", "augusta@own", "ada@own"],
  ["UPDATE", "ann", "augusta@own", "augusta@own"],
] as const;
/** One error for the document, and one for the document before. */
const NO_COLUMN = EMAILS.map(([operation, id, , previous]) => [
  operation,
  id,
  null,
  null,
  ...(previous === null ? ["FORBIDDEN"] : ["FORBIDDEN", "FORBIDDEN"]),
]);
const LAST_NAMES = EMAILS.map(([operation, id, , previous]) => [operation, id, "ann", previous && "ann"]);

/** To each state of the user the account. */
function owning(account: object): readonly unknown[] {
  return EMAILS.map(([operation, id, , previous]) => [operation, id, [account], previous === null ? null : [account]]);
}

const OWNED = owning({ id: "own" });
const BALANCE = owning({ balance: 7 });
/** The account of ann, with a column or without it. */
const ownAccount = (...shown: readonly unknown[]): readonly unknown[] =>
  ALL_ACCOUNTS.filter(([, id]) => id === "own").map(([operation, id]) => [operation, id, ...shown]);
const NO_ACCOUNT = ownAccount(null, null, "FORBIDDEN");

/** The account's members as it begins; then it is opened anew, without any. */
function listed(...ids: readonly string[]): readonly unknown[] {
  const members = ids.map((id) => ({ id }));
  return [
    ["SNAPSHOT", "own", members, null],
    ["UPDATE", "own", [], null],
    ["UPDATE", "own", [], null],
  ];
}

const changes: readonly StreamDoor[] = [
  changeDoor(
    "all changes",
    { of: "user", shown: "firstname" },
    { ...NOBODY, reader: OWN_USERS, self: ofKey("ann"), importer: ALL_USERS, admin: ALL_USERS },
  ),
  changeDoor(
    "the changes of somebody else's row",
    { of: "user", shown: "firstname", where: ', where: { id: { eq: "bob" } }' },
    { ...NOBODY, reader: [], self: [], importer: ofKey("bob"), admin: ofKey("bob") },
  ),
  changeDoor(
    "changes with a column that is not for self",
    { of: "user", shown: "email", where: ', where: { id: { eq: "ann" } }' },
    { ...NOBODY, reader: EMAILS, self: NO_COLUMN, importer: EMAILS, admin: EMAILS },
  ),
  changeDoor(
    "changes with a column that is not for the reader",
    { of: "user", shown: "last_name", where: ', where: { id: { eq: "ann" } }' },
    { ...NOBODY, reader: NO_COLUMN, self: LAST_NAMES, importer: LAST_NAMES, admin: LAST_NAMES },
  ),
  changeDoor(
    "changes by a column that is not for the reader",
    { of: "user", shown: "firstname", where: ', where: { NOT: { NOT: { last_name: { eq: "cat" } } } }' },
    { ...NOBODY, self: [], importer: CAT_USERS, admin: CAT_USERS },
  ),
  changeDoor(
    "the changes of another aggregate",
    { of: "account", shown: "owner" },
    { ...NOBODY, reader: OWN_ACCOUNTS, self: NO_ACCOUNT, admin: ALL_ACCOUNTS },
  ),
  changeDoor(
    "changes, and the documents that reference each",
    {
      of: "user",
      shown:
        'accounts(where: { id: { in: ["own", "foreign", "lent"] } }, orderBy: [{ owner: ASC }], limit: 9, offset: 0) { id }',
      where: ', where: { id: { eq: "ann" } }',
    },
    { ...NOBODY, reader: OWNED, self: NO_COLUMN, importer: NO_COLUMN, admin: OWNED },
  ),
  changeDoor(
    "changes, and a column of the documents that reference each, which is read and not subscribed to",
    {
      of: "user",
      shown: 'accounts(where: { id: { eq: "own" } }) { balance }',
      where: ', where: { id: { eq: "ann" } }',
    },
    { ...NOBODY, reader: BALANCE, self: NO_COLUMN, importer: NO_COLUMN, admin: BALANCE },
  ),
  changeDoor(
    "changes with a column that the reader may read, and not subscribe to",
    { of: "account", shown: "balance", where: ', where: { id: { eq: "own" } }' },
    { ...NOBODY, reader: NO_ACCOUNT, self: NO_ACCOUNT, admin: ownAccount(7, null) },
  ),
  changeDoor(
    "changes by a column that the reader may read, and not subscribe to",
    { of: "account", shown: "owner", where: ', where: { balance: { gt: 0 }, id: { eq: "none" } }' },
    { ...NOBODY, admin: [] },
  ),
  changeDoor(
    "changes, and the document that each references",
    { of: "account", shown: "user { id }", where: ', where: { id: { eq: "lent" } }' },
    {
      ...NOBODY,
      reader: [["SNAPSHOT", "lent", null, null]],
      self: [],
      admin: [["SNAPSHOT", "lent", { id: "bob" }, null]],
    },
  ),
  changeDoor(
    "changes, and the documents that each lists",
    { of: "account", shown: "users { id }", where: ', where: { id: { eq: "own" } }' },
    { ...NOBODY, reader: listed("ann"), self: listed("ann"), admin: listed("ann", "bob") },
  ),
  changeDoor(
    "changes by what a document leads to, which can't be followed",
    { of: "account", shown: "id", where: ", where: { user: { email: { isNull: false } } }" },
    { ...NOBODY, reader: "BAD_USER_INPUT", self: "BAD_USER_INPUT", admin: "BAD_USER_INPUT" },
  ),
];

function eventDoor(
  name: string,
  root: "userEventStream" | "accountEventStream",
  { ids = "", fields = "" }: { readonly ids?: string; readonly fields?: string },
  must: StreamDoor["must"],
): StreamDoor {
  const types =
    root === "userEventStream"
      ? ["UserChanged", "UserDeactivated", "UserTombstone"]
      : ["AccountOpened", "AccountTombstone"];
  return {
    name,
    field: `Subscription.${root}`,
    query: `subscription ($after: Cursor) {
      ${root}(after: $after${ids}) { __typename ${types.map((type) => `... on ${type} { id }`).join(" ")} ${fields} }
    }`,
    told: ({ data, codes }) => {
      const { [root]: told } = event.parse(data);
      return [
        told?.__typename,
        told?.id,
        ...(told?.email === undefined || told.email === null ? [] : [told.email]),
        ...codes,
      ];
    },
    isByKey: true,
    must,
  };
}

function eventsOf(key: string): readonly unknown[] {
  return USER_EVENTS.filter(([, id]) => id === key);
}

const WITH_EMAIL = { fields: "... on UserEmailChanged { id email }" };
const OWN_EVENTS = USER_EVENTS.filter(([, id]) => id === "ann").map(([type, id, email]) =>
  email === undefined ? [type, id] : [type, id, "FORBIDDEN"],
);

/** A raw event doesn't tell whose row it is of: it is for those alone who may see all rows, or rows by their keys. */
const events: readonly StreamDoor[] = [
  eventDoor("all events", "userEventStream", WITH_EMAIL, {
    ...NOBODY,
    self: OWN_EVENTS,
    importer: USER_EVENTS,
    admin: USER_EVENTS,
  }),
  eventDoor(
    "the events of somebody else's row",
    "userEventStream",
    { ids: ', ids: ["bob"]', ...WITH_EMAIL },
    {
      ...NOBODY,
      self: [],
      importer: eventsOf("bob"),
      admin: eventsOf("bob"),
    },
  ),
  eventDoor(
    "the events of an account of somebody else",
    "accountEventStream",
    { ids: ', ids: ["foreign"]' },
    { ...NOBODY, self: [], admin: ACCOUNT_EVENTS.filter(([, id]) => id === "foreign") },
  ),
  eventDoor(
    "the events of another aggregate",
    "accountEventStream",
    {},
    {
      ...NOBODY,
      self: ACCOUNT_EVENTS.filter(([, id]) => id === "own"),
      admin: ACCOUNT_EVENTS,
    },
  ),
];

/** Doors to what happens from now on. */
export const streamDoors: readonly StreamDoor[] = [...changes, ...events, ...administrationStreamDoors];
