import { type Cell, type Door, NO_READERS, type Role } from "./door.ts";

type Reader = Exclude<Role, keyof typeof NO_READERS>;

/** Every column of the users, what it holds in the row that all readers may see, and who may see it. */
const COLUMNS: Readonly<Record<string, { readonly value: unknown; readonly seenBy: readonly Reader[] }>> = {
  firstname: { value: "Ada", seenBy: ["anonymous", "reader", "self", "importer", "admin"] },
  last_name: { value: "ann", seenBy: ["self", "importer", "admin"] },
  email: { value: "ada@own", seenBy: ["reader", "importer", "admin"] },
  deactivated_at: { value: null, seenBy: ["importer", "admin"] },
  reason: { value: null, seenBy: ["importer", "admin"] },
};

/** The names of all columns that the table has. */
export const COLUMN_NAMES: readonly string[] = Object.keys(COLUMNS);

/** Columns that every row has: where one may not be seen, there is no row to show. */
const REQUIRED = new Set(["firstname", "last_name"]);

/** Every column by every way that it can be named. */
export function columnDoors(): readonly Door[] {
  return COLUMN_NAMES.flatMap((column) => [
    ...selections(column),
    ...naming(column, {
      "a filter": `{ ${column}: { isNull: true } }`,
      "a filter's depth": `{ OR: [{ id: { eq: "none" } }, { AND: [{ NOT: { ${column}: { isNull: false } } }] }] }`,
    }),
    {
      name: `${column} in an order`,
      fields: ["Query.users"],
      operation: { query: `{ users(where: { id: { eq: "ann" } }, orderBy: [{ ${column}: DESC }]) { id } }` },
      denied: null,
      must: must(column, { data: { users: [{ id: "ann" }] } }, "FORBIDDEN"),
    },
  ]);
}

function selections(column: string): readonly Door[] {
  const { value } = COLUMNS[column] ?? {};
  const unseen = { data: { user: REQUIRED.has(column) ? null : { seen: null } }, codes: ["FORBIDDEN"] };
  return [
    {
      name: `${column} of a row`,
      fields: ["Query.user"],
      operation: { query: `{ user(id: "ann") { seen: ${column} } }` },
      denied: { user: null },
      must: must(column, { data: { user: { seen: value } } }, unseen),
    },
    {
      name: `${column} of rows`,
      fields: ["Query.users"],
      operation: {
        query: `{ users(where: { id: { eq: "ann" } }) { ...Part } } fragment Part on User { ... { seen: ${column} } }`,
      },
      denied: null,
      must: must(column, { data: { users: [{ seen: value }] } }, "FORBIDDEN"),
    },
  ];
}

function naming(column: string, filters: Readonly<Record<string, string>>): readonly Door[] {
  const { value } = COLUMNS[column] ?? {};
  return Object.entries(filters).map(([name, filter]) => ({
    name: `${column} in ${name}`,
    fields: ["Query.users"],
    operation: { query: `{ users(where: { AND: [{ id: { eq: "ann" } }, ${filter}] }) { id } }` },
    denied: null,
    must: must(column, { data: { users: value === null ? [{ id: "ann" }] : [] } }, "FORBIDDEN"),
  }));
}

function must(column: string, seen: Cell, unseen: Cell): Door["must"] {
  const of = (reader: Reader): Cell => (COLUMNS[column]?.seenBy.includes(reader) === true ? seen : unseen);
  return {
    ...NO_READERS,
    anonymous: of("anonymous"),
    reader: of("reader"),
    self: of("self"),
    importer: of("importer"),
    admin: of("admin"),
  };
}
