import { seal } from "../../../src/model/sealed-text.ts";
import { type Cell, type Door, NO_READERS, readers } from "./door.ts";

const page = (data: object): Cell => ({ data: { page: data } });
const nodes = (...ids: readonly string[]): Cell => page({ nodes: ids.map((id) => ({ id })) });
const list = { denied: null };

/** A cursor is no secret: what anybody may have been given, or made up. */
const cursor = (id: string): string => seal(["User", "+_id", [id]]);
const cursorByEmail = (email: string, id: string): string => seal(["User", "+email +_id", [email, id]]);

/** The two rows, or one's own alone. */
function rows(all: Cell, own: Cell): Door["must"] {
  return { ...NO_READERS, ...readers(all), reader: own, self: own };
}

const extent: readonly Door[] = [
  {
    ...list,
    name: "how many rows there are",
    operation: { query: "{ page: usersConnection { totalCount } }" },
    must: rows(page({ totalCount: 2 }), page({ totalCount: 1 })),
  },
  {
    ...list,
    name: "whether there is another page",
    operation: {
      query: "{ page: usersConnection(first: 1) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }",
    },
    must: rows(
      page({ nodes: [{ id: "ann" }], pageInfo: { hasNextPage: true, hasPreviousPage: false } }),
      page({ nodes: [{ id: "ann" }], pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
    ),
  },
  {
    ...list,
    name: "the last page",
    operation: {
      query: "{ page: usersConnection(last: 1) { nodes { id } pageInfo { hasNextPage hasPreviousPage } } }",
    },
    must: rows(
      page({ nodes: [{ id: "bob" }], pageInfo: { hasNextPage: false, hasPreviousPage: true } }),
      page({ nodes: [{ id: "ann" }], pageInfo: { hasNextPage: false, hasPreviousPage: false } }),
    ),
  },
];

const cursors: readonly Door[] = [
  {
    ...list,
    name: "the cursors of a page",
    operation: { query: "{ page: usersConnection { edges { cursor } pageInfo { startCursor endCursor } } }" },
    must: rows(
      page({
        edges: [{ cursor: cursor("ann") }, { cursor: cursor("bob") }],
        pageInfo: { startCursor: cursor("ann"), endCursor: cursor("bob") },
      }),
      page({
        edges: [{ cursor: cursor("ann") }],
        pageInfo: { startCursor: cursor("ann"), endCursor: cursor("ann") },
      }),
    ),
  },
  {
    ...list,
    name: "whether a cursor of somebody else stands for a row",
    operation: {
      query: `{ page: usersConnection(last: 1, before: "${cursor("bob")}") { nodes { id } pageInfo { hasNextPage } } }`,
    },
    must: rows(
      page({ nodes: [{ id: "ann" }], pageInfo: { hasNextPage: true } }),
      page({ nodes: [{ id: "ann" }], pageInfo: { hasNextPage: false } }),
    ),
  },
  {
    ...list,
    name: "what follows a cursor, and whether anything stands before it",
    operation: {
      query: `{ page: usersConnection(after: "${cursor("ann")}") { nodes { id } pageInfo { hasPreviousPage } } }`,
    },
    must: rows(
      page({ nodes: [{ id: "bob" }], pageInfo: { hasPreviousPage: true } }),
      page({ nodes: [], pageInfo: { hasPreviousPage: true } }),
    ),
  },
];

/** The address is asked of by a cursor that one makes up: it tells whether it is greater. */
const byEmail = { fields: 'orderBy: [{ email: ASC }], after: "', cursor: cursorByEmail("b", "") } as const;

const foreign: readonly Door[] = [
  {
    ...list,
    name: "a made-up cursor in the order of a column",
    operation: { query: `{ page: usersConnection(${byEmail.fields}${byEmail.cursor}") { nodes { id } } }` },
    must: {
      ...NO_READERS,
      ...readers(nodes("bob")),
      anonymous: "FORBIDDEN",
      // "ada@own" stands before it, and the row behind it is of somebody else.
      reader: nodes(),
      self: "FORBIDDEN",
    },
  },
  {
    ...list,
    name: "a cursor in the order of a column, in another order",
    operation: { query: `{ page: usersConnection(after: "${byEmail.cursor}") { nodes { id } } }` },
    must: { ...NO_READERS, ...readers({ data: null, codes: ["BAD_USER_INPUT"] }) },
  },
  {
    ...list,
    name: "a cursor of another aggregate",
    operation: { query: `{ page: accountsConnection(before: "${cursor("bob")}") { nodes { id } } }` },
    must: { ...NO_READERS, ...readers({ data: null, codes: ["BAD_USER_INPUT"] }), importer: "FORBIDDEN" },
  },
];

const others: readonly Door[] = [
  {
    ...list,
    name: "pages of another aggregate, both ways",
    operation: {
      query: `{
        page: accountsConnection(first: 5, after: "${seal(["Account", "+_id", ["a"]])}") {
          totalCount nodes { id } edges { cursor node { id } } pageInfo { hasNextPage }
        }
        end: accountsConnection(last: 1) { nodes { id } }
      }`,
    },
    must: {
      ...NO_READERS,
      importer: "FORBIDDEN",
      ...everyAccount(),
    },
  },
];

function everyAccount(): Pick<Door["must"], "anonymous" | "reader" | "self" | "admin"> {
  const of = (...ids: readonly string[]): Cell => ({
    data: {
      page: {
        totalCount: ids.length,
        nodes: ids.map((id) => ({ id })),
        edges: ids.map((id) => ({ cursor: seal(["Account", "+_id", [id]]), node: { id } })),
        pageInfo: { hasNextPage: false },
      },
      end: { nodes: ids.slice(-1).map((id) => ({ id })) },
    },
  });
  return { anonymous: of("own"), reader: of("lent", "own"), self: of("own"), admin: of("foreign", "lent", "own") };
}

/** Lists by pages. */
export const pageDoors: readonly Door[] = [...extent, ...cursors, ...foreign, ...others];
