import { seal } from "../../../src/model/sealed-text.ts";
import { type Cell, type Door, NOBODY, NO_READERS, type Role, everyone, readers } from "./door.ts";

const history = (...types: readonly string[]): Cell => ({
  data: { history: { nodes: types.map((__typename) => ({ __typename })) } },
});
const list = { denied: null };
const BOB_BEFORE = seal(["history", "User", "bob", 1_000_000_000]);
const BOB_AFTER = seal(["history", "User", "bob", 0]);

/** An event doesn't tell whose row it is of: it is for those alone who may see all rows, or rows by their keys. */
const pages: readonly Door[] = [
  {
    ...list,
    name: "the events of one's own row",
    operation: { query: '{ history: userEvents(id: "ann") { nodes { __typename } } }' },
    must: { ...NO_READERS, ...readers(history("UserChanged", "UserEmailChanged")), reader: "FORBIDDEN" },
  },
  {
    ...list,
    name: "the events of somebody else's row",
    operation: { query: '{ history: userEvents(id: "bob") { nodes { __typename } } }' },
    must: {
      ...NO_READERS,
      ...readers(history("UserChanged", "UserDeactivated", "UserEmailChanged")),
      reader: "FORBIDDEN",
      self: history(),
    },
  },
  {
    ...list,
    name: "whether there are events of somebody else's row",
    operation: {
      query: `{
        history: userEvents(id: "bob", last: 1, before: "${BOB_BEFORE}") {
          nodes { __typename } pageInfo { hasNextPage hasPreviousPage }
        }
      }`,
    },
    must: {
      ...NO_READERS,
      ...readers(page({ nodes: [{ __typename: "UserEmailChanged" }], isWithin: true })),
      reader: "FORBIDDEN",
      self: page({ nodes: [], isWithin: false }),
    },
  },
  {
    ...list,
    name: "the events of one's own row after a cursor of somebody else's",
    operation: {
      query: `{ history: userEvents(id: "ann", first: 5, after: "${BOB_AFTER}") { nodes { __typename } } }`,
    },
    must: everyone({ data: null, codes: ["BAD_USER_INPUT"] }),
  },
  ...["own", "foreign"].map((id) => ({
    ...list,
    name: `the events of the account ${id}`,
    operation: { query: `{ history: accountEvents(id: "${id}", last: 5) { nodes { __typename } } }` },
    must: { ...NOBODY, self: history(...(id === "own" ? ["AccountOpened"] : [])), admin: history("AccountOpened") },
  })),
];

/** Of another aggregate, with all that a page is asked by. */
const others: readonly Door[] = [
  {
    ...list,
    name: "the account of somebody else, event by event",
    operation: {
      query: `{
        history: accountEvents(
          id: "foreign", first: 5,
          after: "${seal(["history", "Account", "foreign", 0])}", before: "${seal(["history", "Account", "foreign", 0])}"
        ) { nodes { __typename } pageInfo { hasPreviousPage } }
      }`,
    },
    must: {
      ...NOBODY,
      self: { data: { history: { nodes: [], pageInfo: { hasPreviousPage: false } } } },
      admin: { data: { history: { nodes: [], pageInfo: { hasPreviousPage: true } } } },
    },
  },
];

function page({ nodes, isWithin }: { readonly nodes: readonly object[]; readonly isWithin: boolean }): Cell {
  return { data: { history: { nodes, pageInfo: { hasNextPage: isWithin, hasPreviousPage: isWithin } } } };
}

/** A field of an event, in the only event of its type of a row. */
interface Field {
  readonly name: string;
  readonly value: unknown;
  readonly seenBy: readonly Role[];
  readonly isRequired?: true;
}

/** The events of a row, and those who see them. */
interface Events {
  readonly of: string;
  readonly type: string;
  /** Of the event among those of the row. */
  readonly place: readonly [number, number];
  readonly roles: readonly Role[];
  /** Those who are told of none. */
  readonly none?: readonly Role[];
}

const OF_USERS: readonly Role[] = ["anonymous", "self", "importer", "admin"];
const TRUSTED: readonly Role[] = ["importer", "admin"];
const ANN: Omit<Events, "type" | "place"> = { of: 'userEvents(id: "ann")', roles: OF_USERS };
const BOB: Omit<Events, "type" | "place"> = { of: 'userEvents(id: "bob")', roles: OF_USERS, none: ["self"] };
const OWN: Events = {
  of: 'accountEvents(id: "own")',
  type: "AccountOpened",
  place: [0, 1],
  roles: ["self", "admin"],
};

/** What stands in an event is seen by who sees the column that it goes to, by whatever name. */
const fields: readonly Door[] = [
  fieldDoor({ ...ANN, type: "UserChanged", place: [0, 2] }, required("first_name", "Ada", OF_USERS)),
  fieldDoor({ ...ANN, type: "UserChanged", place: [0, 2] }, required("last_name", "ann", ["self", ...TRUSTED])),
  fieldDoor({ ...ANN, type: "UserEmailChanged", place: [1, 2] }, { name: "email", value: "ada@own", seenBy: TRUSTED }),
  fieldDoor(
    { ...BOB, type: "UserDeactivated", place: [1, 3] },
    required("deactivated_at", "2024-01-01T00:00:00.000Z", TRUSTED),
  ),
  fieldDoor({ ...BOB, type: "UserDeactivated", place: [1, 3] }, { name: "reason", value: "foreign", seenBy: TRUSTED }),
  fieldDoor(OWN, required("owner", "ann", ["admin"])),
  fieldDoor(OWN, required("balance", 7, ["admin"])),
  fieldDoor(OWN, required("members", ["ann", "bob"], ["self", "admin"])),
  fieldDoor(OWN, { name: "label", value: "mine", seenBy: ["self", "admin"] }),
  fieldDoor(OWN, { name: "nickname", value: "mine", seenBy: ["self", "admin"] }),
];

function required(name: string, value: unknown, seenBy: readonly Role[]): Field {
  return { name, value, seenBy, isRequired: true };
}

function fieldDoor({ of, type, place: [index, count], roles, none = [] }: Events, field: Field): Door {
  const { name, value, seenBy, isRequired } = field;
  const nodes = (seen: unknown): object => ({
    history: { nodes: Array.from({ length: count }, (_, at) => (at === index ? { id: idIn(of), seen } : {})) },
  });
  const cellOf = (role: Role): Cell => {
    if (none.includes(role)) return { data: { history: { nodes: [] } } };
    if (seenBy.includes(role)) return { data: nodes(value) };
    return isRequired === true ? "FORBIDDEN" : { data: nodes(null), codes: ["FORBIDDEN"] };
  };
  return {
    ...list,
    name: `${name} of the event ${type}`,
    operation: { query: `{ history: ${of} { nodes { ... on ${type} { id seen: ${name} } } } }` },
    must: { ...NOBODY, admin: "FORBIDDEN", ...Object.fromEntries(roles.map((role) => [role, cellOf(role)])) },
  };
}

function idIn(of: string): string {
  return /id: "(\w+)"/.exec(of)?.[1] ?? "";
}

/** A moment that is not reached yet says so, but not of rows that one may not see. */
const moments: readonly Door[] = [
  {
    name: "a row of somebody else as it will be",
    operation: { query: '{ user(id: "bob", asOf: { offset: "1000000000" }) { firstname } }' },
    denied: { user: null },
    must: {
      ...NO_READERS,
      ...readers({ data: { user: null }, codes: ["NOT_YET_PROJECTED"] }),
      reader: { data: { user: null } },
      self: { data: { user: null } },
    },
  },
  {
    name: "a row of somebody else as it was",
    operation: { query: '{ user(id: "bob", asOf: { timestamp: "2100-01-01T00:00:00Z" }) { firstname } }' },
    denied: { user: null },
    must: {
      ...NO_READERS,
      ...readers({ data: { user: { firstname: "foreign" } } }),
      reader: { data: { user: null } },
      self: { data: { user: null } },
    },
  },
];

/** What was. */
export const historyDoors: readonly Door[] = [...pages, ...others, ...fields, ...moments];
