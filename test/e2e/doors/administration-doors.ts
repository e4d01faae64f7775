import { type Cell, type Door, NOBODY } from "./door.ts";
import type { MutationDoor } from "./mutation-doors.ts";
import type { StreamDoor } from "./subscription-doors.ts";

/** Whom it isn't denied is told what is wrong with the name. */
const UNKNOWN: Cell = { data: null, codes: ["BAD_USER_INPUT"] };
const must: Door["must"] = { ...NOBODY, admin: UNKNOWN };

const PROJECTION = `name topics swap isFollowed builds {
  id state since collections progress { applied total percent rate etaSeconds joined }
}`;
const LETTER = `id projection topic partition offset key timestamp code reason waiting waitingBehind eventType payload bytes`;
const NOWHERE = { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null };
const COMPARISON = "equal different onlyLive onlyNext samples { collection id columns only }";

/** What there is of projections. */
export const administrationDoors: readonly Door[] = [
  {
    name: "the projections",
    operation: { query: `{ projections(name: "nothing") { ${PROJECTION} } }` },
    denied: null,
    must,
  },
  {
    name: "a comparison of builds",
    operation: { query: `{ projectionComparison(name: "nothing", samples: 5) { ${COMPARISON} } }` },
    denied: null,
    must,
  },
  {
    name: "the dead letters",
    operation: {
      query: `{ deadLetters(topic: "nothing", projection: "nothing", key: "nothing", code: "NOT_AVRO", waiting: true, first: 5) {
        nodes { ${LETTER} } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      } }`,
    },
    denied: null,
    must: { ...NOBODY, admin: { data: { deadLetters: { nodes: [], pageInfo: NOWHERE } } } },
  },
  {
    name: "the dead letters behind a cursor",
    operation: { query: '{ deadLetters(after: "nothing") { nodes { id } } }' },
    denied: null,
    must,
  },
];

/** What is done with projections; nothing is appended by it. */
const projectionMutationDoors: readonly MutationDoor[] = [
  ["rebuildProjection", ", swap: MANUAL"],
  ["swapProjection", ""],
  ["restoreProjection", ""],
  ["discardProjection", ""],
].map(([field, more]) => ({
  name: `${field}`,
  operation: { query: `mutation { did: ${field}(name: "nothing"${more}) { name } }` },
  denied: null,
  must,
  appended: {},
}));

/** Whom it isn't denied is told that there is no such dead letter. */
const GONE: Cell = { data: null, codes: ["DEAD_LETTER_NOT_FOUND"] };

/** What is done with dead letters; nothing is appended by it. */
const letterMutationDoors: readonly MutationDoor[] = [
  ["retryDeadLetter", ', requestId: "once"'],
  ["skipDeadLetter", ', requestId: "once"'],
  ["fixDeadLetter", ', requestId: "once", payload: { first_name: null }, type: null'],
  ["fixDeadLetter", ', bytes: "AA=="'],
].map(([field, more]) => ({
  name: `${field} (id${more})`,
  operation: {
    query: `mutation { did: ${field}(id: "nothing"${more}) { requestId status applied waiting code reason deadLetter { id } } }`,
  },
  denied: null,
  must: { ...NOBODY, admin: GONE },
  appended: {},
}));

const NONE = { asked: 0, settled: 0, parked: 0, failed: 0, pending: 0, applied: 0 };

const retryDoor: MutationDoor = {
  name: "retryDeadLetters",
  operation: {
    query: `mutation { did: retryDeadLetters(topic: "nothing", projection: "nothing", code: "NOT_AVRO", first: 5) {
      asked settled parked failed pending applied hasMore
    } }`,
  },
  denied: null,
  must: { ...NOBODY, admin: { data: { did: { ...NONE, hasMore: false } } } },
  appended: {},
};

/** What administrators do. */
export const administrationMutationDoors: readonly MutationDoor[] = [
  ...projectionMutationDoors,
  ...letterMutationDoors,
  retryDoor,
];

/** How far projections are. */
export const administrationStreamDoors: readonly StreamDoor[] = [
  streamDoor("projectionProgress", `(name: "nothing") { ${PROJECTION} }`),
  streamDoor("projectionComparison", `(name: "nothing", samples: 5) { compared comparison { ${COMPARISON} } }`),
];

function streamDoor(field: string, rest: string): StreamDoor {
  return {
    name: field,
    field: `Subscription.${field}`,
    query: `subscription { ${field}${rest} }`,
    told: () => [],
    isByKey: false,
    must: { ...NOBODY, admin: "BAD_USER_INPUT" },
  };
}
