import { z } from "zod";
import { NOBODY, type Role } from "./door.ts";
import { ACCOUNT_EVENTS, ALL_ACCOUNTS, ALL_USERS, CAT_USERS, OWN_ACCOUNTS, OWN_USERS, USER_EVENTS } from "./steps.ts";
import type { Result } from "./transports.ts";

/** What a subscriber must get: that it is denied, or these items, and it goes on. */
export type StreamCell = "FORBIDDEN" | readonly unknown[];

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
  { of, column, where = "" }: { readonly of: "user" | "account"; readonly column: string; readonly where?: string },
  must: StreamDoor["must"],
): StreamDoor {
  const root = `${of}Changes`;
  return {
    name,
    field: `Subscription.${root}`,
    query: `subscription {
      ${root}(snapshot: true${where}) { operation id now: ${of} { ${column} } previous { ${column} } }
    }`,
    told: ({ data, codes }) => {
      const { [root]: told } = change.parse(data);
      return [told?.operation, told?.id, told?.now?.[column] ?? null, told?.previous?.[column] ?? null, ...codes];
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

const changes: readonly StreamDoor[] = [
  changeDoor(
    "all changes",
    { of: "user", column: "firstname" },
    { ...NOBODY, reader: OWN_USERS, self: ofKey("ann"), importer: ALL_USERS, admin: ALL_USERS },
  ),
  changeDoor(
    "the changes of somebody else's row",
    { of: "user", column: "firstname", where: ', where: { id: { eq: "bob" } }' },
    { ...NOBODY, reader: [], self: [], importer: ofKey("bob"), admin: ofKey("bob") },
  ),
  changeDoor(
    "changes with a column that is not for self",
    { of: "user", column: "email", where: ', where: { id: { eq: "ann" } }' },
    { ...NOBODY, reader: EMAILS, self: NO_COLUMN, importer: EMAILS, admin: EMAILS },
  ),
  changeDoor(
    "changes with a column that is not for the reader",
    { of: "user", column: "last_name", where: ', where: { id: { eq: "ann" } }' },
    { ...NOBODY, reader: NO_COLUMN, self: LAST_NAMES, importer: LAST_NAMES, admin: LAST_NAMES },
  ),
  changeDoor(
    "changes by a column that is not for the reader",
    { of: "user", column: "firstname", where: ', where: { NOT: { NOT: { last_name: { eq: "cat" } } } }' },
    { ...NOBODY, self: [], importer: CAT_USERS, admin: CAT_USERS },
  ),
  changeDoor(
    "the changes of another aggregate",
    { of: "account", column: "owner" },
    { ...NOBODY, reader: OWN_ACCOUNTS, admin: ALL_ACCOUNTS },
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
  eventDoor("the events of another aggregate", "accountEventStream", {}, { ...NOBODY, admin: ACCOUNT_EVENTS }),
];

/** Doors to what happens from now on. */
export const streamDoors: readonly StreamDoor[] = [...changes, ...events];
