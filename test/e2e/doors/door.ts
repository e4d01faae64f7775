import type { Caller } from "./callers.ts";
import type { Operation, Outcome, Transport } from "./transports.ts";

/** Callers whose proof is good, or who present none. */
export type Role = Exclude<Caller, keyof typeof REFUSED>;

/** The others, and what they are told. */
export const REFUSED = {
  expired: "TOKEN_EXPIRED",
  forged: "UNAUTHENTICATED",
  wrongKey: "UNAUTHENTICATED",
  twoProofs: "UNAUTHENTICATED",
} as const;

/** What a caller must get: an answer, or the code of what is denied. */
export type Cell =
  "FORBIDDEN" | { readonly data?: unknown; readonly codes?: readonly string[]; readonly status?: number };

/** A row of the table: what is wanted, and what each caller must get. */
export interface Door {
  readonly name: string;
  readonly operation: Operation;
  /** The data of an answer that denies. */
  readonly denied: unknown;
  readonly must: Readonly<Record<Role, Cell>>;
}

/** The same for all who may see anything of the aggregate, and nothing for others. */
export function readers(cell: Cell): Readonly<Record<"anonymous" | "reader" | "self" | "importer" | "admin", Cell>> {
  return { anonymous: cell, reader: cell, self: cell, importer: cell, admin: cell };
}

/** The same for all whose proof is good, or who present none. */
export function everyone(cell: Cell): Door["must"] {
  return { ...readers(cell), claimless: cell, writer: cell, deleter: cell, stranger: cell };
}

/** Those who may read nothing of the users: too little is known of them, or no policy says that they may. */
export const NO_READERS = {
  claimless: "FORBIDDEN",
  writer: "FORBIDDEN",
  deleter: "FORBIDDEN",
  stranger: "FORBIDDEN",
} as const;

/** Nobody but administrators. */
export const NOBODY: Readonly<Record<Exclude<Role, "admin">, "FORBIDDEN">> = {
  ...NO_READERS,
  anonymous: "FORBIDDEN",
  reader: "FORBIDDEN",
  self: "FORBIDDEN",
  importer: "FORBIDDEN",
};

/** What a caller must get of a door, as a transport tells it. */
export function expected({ must, denied }: Door, caller: Caller, by: Transport): Outcome {
  if (isRefused(caller)) return refusalOf(caller, by);
  const cell = must[caller];
  const { data, codes = [], status = 200 } = cell === "FORBIDDEN" ? { data: denied, codes: [cell] } : cell;
  // A stream has begun before it is known what becomes of the operation.
  return { ...(!isSocket(by) && { status: by === "SSE" ? 200 : status }), data, codes };
}

/** What a caller whose proof is wrong must get, whatever they want. */
export function refusalOf(
  caller: keyof typeof REFUSED,
  by: Transport,
): { readonly refused: string; readonly by: number } {
  return { refused: REFUSED[caller], by: isSocket(by) ? 4403 : 401 };
}

function isSocket(by: Transport): boolean {
  return by.startsWith("WebSocket");
}

/** Whether a caller's proof is wrong. */
export function isRefused(caller: Caller): caller is keyof typeof REFUSED {
  return caller in REFUSED;
}
