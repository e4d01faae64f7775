import { type Cell, type Door, NOBODY, type Role, everyone } from "./door.ts";
import type { House } from "./house.ts";
import type { MutationDoor } from "./mutation-doors.ts";

/** What a mutation of the aggregate with rules tells, and who must get what of it. */
interface CommandDoor {
  readonly name: string;
  /** The field with what is selected of it; `$id` is a key of the cell's own. */
  readonly field: string;
  /** The key, where that is always the same. */
  readonly row?: string;
  /** Whether it leads to a `TallyMoved`, or to another event. */
  readonly event?: string | undefined;
  readonly may: Partial<Record<Role, Cell>>;
}

function mutation({ name, field, row, event, may }: CommandDoor): MutationDoor {
  const variables = [
    ...(field.includes("$id") ? ["$id: ID!"] : []),
    ...(field.includes("$tally") ? ["$tally: String!"] : []),
  ];
  return {
    name,
    operation: { query: `mutation${variables.length > 0 ? ` (${variables.join(", ")})` : ""} { did: ${field} }` },
    denied: null,
    must: { ...NOBODY, admin: "FORBIDDEN", ...may },
    ...(row !== undefined && { row }),
    appended: Object.fromEntries(event === undefined ? [] : Object.keys(may).map((role) => [role, [event]])),
  };
}

const did = (status: string, shown: object, ...codes: readonly string[]): Cell => ({
  data: { did: { status, ...shown } },
  codes,
});

const REJECTION = "rejection { code message currentVersion }";
const EVENTS = "events { ... on TallyMoved { by } }";
/** Of whom it isn't known what they may read. */
const unread = (status: string): Cell =>
  did(status, { rejection: null, tally: null, events: null }, "FORBIDDEN", "FORBIDDEN");
const read = (status: string, by: number): Cell => did(status, { rejection: null, tally: { by }, events: [{ by }] });
const moved = did("PROJECTED", { rejection: null, tally: { by: 3 } });
const notTheirs = did("PROJECTED", { rejection: null, tally: null });
const together = did("PROJECTED", {
  rejection: null,
  events: [{ id: "together", type: "app.tally.TallyMoved", dropped: false }],
});
const negative = did("REJECTED", {
  rejection: { code: "NEGATIVE", message: "The command is refused: NEGATIVE.", currentVersion: null },
});
const noTransaction = did("REJECTED", { rejection: { code: "TRANSACTION_NOT_FOUND" } });

/** Sending commands, and what goes the same way. Who may send something sees of it what they may read. */
export const commandDoors: readonly MutationDoor[] = [
  mutation({
    name: "a command",
    field: `moveTally(id: $id, input: { by: 1 }, ifVersion: NO_STREAM, dryRun: false) { status ${REJECTION} tally { by } ${EVENTS} }`,
    event: "TallyMoved",
    may: { writer: unread("PROJECTED"), importer: read("PROJECTED", 1), admin: read("PROJECTED", 1) },
  }),
  mutation({
    name: "a command that is only tried",
    field: `moveTally(id: "own", input: { by: 2 }, dryRun: true) { status ${REJECTION} tally { by } ${EVENTS} }`,
    may: { writer: unread("DECIDED"), importer: read("DECIDED", 2), admin: read("DECIDED", 2) },
  }),
  mutation({
    name: "a command that is refused",
    field: `moveTally(id: $id, input: { by: -1 }) { status ${REJECTION} }`,
    may: { writer: negative, importer: negative, admin: negative },
  }),
  mutation({
    name: "an event beside the rules",
    field: `tallyMoved(id: $id, input: { by: 3 }, ifVersion: NO_STREAM) { status ${REJECTION} tally { by } }`,
    event: "TallyMoved",
    may: { reader: notTheirs, claimless: notTheirs, importer: moved, admin: moved },
  }),
  mutation({
    name: "the tombstone of an aggregate with rules",
    field: `deleteTally(id: $id, ifVersion: NO_STREAM) { status ${REJECTION} }`,
    event: "TallyTombstone",
    may: { deleter: did("PROJECTED", { rejection: null }), admin: did("PROJECTED", { rejection: null }) },
  }),
  mutation({
    name: "a transaction",
    field: `transaction(events: [{ tallyMoved: { id: "together", input: { by: 4 } } }]) { status ${REJECTION} events { id type dropped } }`,
    row: "together",
    event: "TallyMoved",
    may: { reader: together, claimless: together, importer: together, admin: together },
  }),
  mutation({
    name: "the invalidation of a transaction",
    field: `invalidateTransaction(topic: $tally, id: "999999999", reason: "none") { status rejection { code } }`,
    may: { self: noTransaction, importer: noTransaction, admin: noTransaction },
  }),
];

const known = (command: object | null, ...codes: readonly string[]): Cell => ({ data: { command }, codes });
const status = known({
  commandId: "seeded",
  kind: "COMMAND",
  type: "app.tally.MoveTally",
  aggregate: "Tally",
  status: "DECIDED",
  rejection: null,
});
const ofKey = (id: string): Cell => known({ id, events: [{ id, type: "app.tally.TallyMoved", dropped: false }] });
const nothing = everyone(known(null));
const keys = (...ids: readonly string[]): Cell => ({
  data: { surface: { nodes: ids.map((id) => ({ id, type: "app.tally.TallyMoved", hash: null })) } },
});

/** How commands ended, and what is known of their keys. */
export function outcomeDoors({ tally }: Pick<House, "tally">): readonly Door[] {
  return [
    {
      name: "how a command ended",
      operation: {
        query: `{ command(id: "seeded") { commandId kind type aggregate status ${REJECTION} } }`,
      },
      denied: null,
      must: { ...nothing, writer: status, importer: status, admin: status },
    },
    {
      name: "what of its key",
      operation: { query: '{ command(id: "seeded") { id events { id type dropped } } }' },
      denied: null,
      must: {
        ...nothing,
        writer: known({ id: null, events: null }, "FORBIDDEN", "FORBIDDEN"),
        importer: ofKey("own"),
        admin: ofKey("own"),
      },
    },
    {
      name: "what of a key that is not the reader's",
      operation: { query: '{ command(id: "seeded event") { id events { id type dropped } } }' },
      denied: null,
      must: {
        ...nothing,
        reader: known({ id: null, events: [] }),
        claimless: known({ id: null, events: [] }),
        importer: ofKey("other"),
        admin: ofKey("other"),
      },
    },
    {
      name: "the keys of a topic",
      operation: {
        query: "query ($tally: String!) { surface(topic: $tally, first: 9) { nodes { id type hash } } }",
        variables: { tally },
      },
      denied: null,
      must: {
        ...NOBODY,
        reader: keys("own"),
        claimless: keys("own"),
        self: keys("other", "own"),
        importer: keys("other", "own"),
        admin: keys("other", "own"),
      },
    },
  ];
}

const heard = (id: string | null, ...codes: readonly string[]): Cell => ({
  data: { commandOutcome: { status: "DECIDED", id } },
  codes,
});
const unheard: Cell = { codes: ["NOT_YET_DECIDED"] };

/** Being told how a command ended. What isn't theirs to know is as if it were not decided. */
export const heardDoor: Door = {
  name: "being told how a command ended",
  operation: { query: 'subscription { commandOutcome(id: "seeded", timeoutMs: 3000) { status id } }' },
  denied: undefined,
  must: {
    ...NOBODY,
    reader: unheard,
    claimless: unheard,
    self: unheard,
    deleter: unheard,
    writer: heard(null, "FORBIDDEN"),
    importer: heard("own"),
    admin: heard("own"),
  },
};
