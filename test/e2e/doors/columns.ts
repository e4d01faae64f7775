import type { Cell, Door, Role } from "./door.ts";

/** Those who may see something of an aggregate. */
type Reader = "anonymous" | "reader" | "self" | "importer" | "admin";

/** A column as the row that all readers see has it. */
export interface Column {
  readonly value: unknown;
  readonly seenBy: readonly Reader[];
  /** Every row has it: where it may not be seen, there is no row to show. */
  readonly isRequired?: true;
  /** What can be done with it: nothing of what follows with a list. */
  readonly kind?: "number" | "time" | "list" | "id";
}

/** An aggregate with a row that all its readers see. */
export interface Table {
  readonly type: "User" | "Account";
  readonly singular: "user" | "account";
  readonly plural: "users" | "accounts";
  readonly id: string;
  readonly readers: readonly Reader[];
  readonly columns: Readonly<Record<string, Column>>;
}

/** A way to name a column of the row that all readers see. */
export interface Way {
  readonly name: string;
  readonly query: string;
  /** The data where the column may be seen. */
  readonly seen: unknown;
  /** The data where it may not be, if that doesn't deny all. */
  readonly unseen?: unknown;
  /** The data where nothing of the aggregate may be seen. */
  readonly denied?: unknown;
}

const ALL: readonly Reader[] = ["anonymous", "reader", "self", "importer", "admin"];
const TRUSTED: readonly Reader[] = ["importer", "admin"];
const LABEL = { value: "mine", seenBy: ["reader", "self", "admin"] } as const;

/** Every column, the id among them, by all its names. */
export const tables: readonly Table[] = [
  {
    type: "User",
    singular: "user",
    plural: "users",
    id: "ann",
    readers: ALL,
    columns: {
      id: { value: "ann", seenBy: ALL, isRequired: true, kind: "id" },
      firstname: { value: "Ada", seenBy: ALL, isRequired: true },
      last_name: { value: "ann", seenBy: ["self", ...TRUSTED], isRequired: true },
      email: { value: "ada@own", seenBy: ["reader", ...TRUSTED] },
      deactivated_at: { value: null, seenBy: TRUSTED, kind: "time" },
      reason: { value: null, seenBy: TRUSTED },
    },
  },
  {
    type: "Account",
    singular: "account",
    plural: "accounts",
    id: "own",
    readers: ["anonymous", "reader", "self", "admin"],
    columns: {
      id: { value: "own", seenBy: ALL, isRequired: true, kind: "id" },
      owner: { value: "ann", seenBy: ["anonymous", "reader", "admin"], isRequired: true },
      members: { value: ["ann", "bob"], seenBy: LABEL.seenBy, isRequired: true, kind: "list" },
      balance: { value: 7, seenBy: ["reader", "admin"], isRequired: true, kind: "number" },
      label: LABEL,
      // What the label was called: the same column.
      nickname: LABEL,
    },
  },
];

/** What everyone must get: those who see the column, those who see the aggregate without it, and all others. */
export function must({ readers }: Table, { seenBy }: Column, seen: Cell, unseen: Cell): Door["must"] {
  const of = (role: Role): Cell => {
    if (!readers.some((reader) => reader === role)) return "FORBIDDEN";
    return seenBy.some((reader) => reader === role) ? seen : unseen;
  };
  return {
    anonymous: of("anonymous"),
    reader: of("reader"),
    self: of("self"),
    claimless: of("claimless"),
    writer: of("writer"),
    deleter: of("deleter"),
    importer: of("importer"),
    stranger: of("stranger"),
    admin: of("admin"),
  };
}
