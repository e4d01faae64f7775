import type { ChangeOperation } from "../../../src/feed/change-feed.ts";
import type { Cursor } from "../../../src/feed/changes/cursor.ts";
import type { DocumentChange, Filter, StoredDocument } from "../../../src/read-model/read-model.ts";
import { type FakeReadModel, positionOf } from "./fake-read-model.ts";
import { lineOf } from "./fake-sink.ts";

/** A filter, and in plain code what it means. */
export interface Sample {
  readonly filter: Filter | undefined;
  readonly test: (document: StoredDocument) => boolean;
  /** Whether a document of this `_id` may match. */
  readonly mayMatch: (id: string) => boolean;
  /** Whether that is all that counts. */
  readonly isOfId: boolean;
}

export const IDS: readonly string[] = ["a", "b", "c", "\uFFFD", "\u{1F600}"];

function numberOf({ n }: StoredDocument): number {
  return Number(n);
}

const always = (): boolean => true;
const isAorFace = (id: string): boolean => id === "a" || id === "\u{1F600}";
const isB = (id: string): boolean => id === "b";
const beforeFace = (id: string): boolean => id !== "\u{1F600}";

export const WHERES: readonly Sample[] = [
  { filter: {}, test: always, mayMatch: always, isOfId: true },
  { filter: { n: 1 }, test: (document) => numberOf(document) === 1, mayMatch: always, isOfId: false },
  { filter: { n: { $gt: 0 } }, test: (document) => numberOf(document) > 0, mayMatch: always, isOfId: false },
  {
    filter: { _id: { $in: ["a", "\u{1F600}"] } },
    test: ({ _id }) => isAorFace(_id),
    mayMatch: isAorFace,
    isOfId: true,
  },
  {
    filter: { _id: "b", n: { $gt: 0 } },
    test: (document) => isB(document._id) && numberOf(document) > 0,
    mayMatch: isB,
    isOfId: false,
  },
];

export const SCOPES: readonly Sample[] = [
  { filter: undefined, test: always, mayMatch: always, isOfId: true },
  { filter: { n: { $lt: 2 } }, test: (document) => numberOf(document) < 2, mayMatch: always, isOfId: false },
  {
    filter: { _id: { $lt: "\u{1F600}" } },
    test: ({ _id }) => beforeFace(_id),
    mayMatch: beforeFace,
    isOfId: true,
  },
];

/** What a subscriber follows. */
export interface Followed {
  readonly where: Sample;
  readonly scope: Sample;
}

/** Where a subscriber stands; undefined `upTo`: it was told all. */
export type Standing = Pick<Cursor, "position" | "upTo">;

/**
 * What one who goes on from a standing is to be told, given the number of changes in the snapshot that is read on the
 * way (undefined: none was read yet). It is written as plainly as possible: all at once, with no phases.
 */
export function expected(
  model: FakeReadModel,
  followed: Followed,
  from: Standing,
  snapshotAt: number | undefined,
): readonly string[] {
  const changes = (after: string, until: string, isTold: (id: string) => boolean): readonly string[] =>
    model.log
      .filter(({ collection, position }) => collection === "users" && position > after && position <= until)
      .filter(({ id }) => isTold(id))
      .flatMap((change) => meaning(change, followed));
  const end = positionOf(model.log.length);
  const { position, upTo } = from;
  if (upTo === undefined) return changes(position, end, always);
  const wasTold = (id: string): boolean => upTo !== null && Buffer.compare(Buffer.from(id), Buffer.from(upTo)) <= 0;
  const at = snapshotAt ?? model.log.length;
  const rows = model
    .documentsAt("users", at)
    .filter((row) => !wasTold(row._id) && isSeen(row, followed))
    .map((row) => line("SNAPSHOT", row._id, row));
  return [
    ...changes(position, positionOf(at), wasTold),
    ...(snapshotAt === undefined ? [] : [...rows, ...changes(positionOf(at), end, always)]),
  ];
}

function isSeen(document: StoredDocument | undefined, { where, scope }: Followed): boolean {
  return document !== undefined && where.test(document) && scope.test(document);
}

function meaning({ operation, id, document, previous }: DocumentChange, followed: Followed): readonly string[] {
  const { where, scope } = followed;
  const isNow = isSeen(document, followed);
  const was = isSeen(previous, followed);
  if (operation === "insert") return isNow ? [line("INSERT", id, document)] : [];
  if (isNow)
    return [line("UPDATE", id, document, previous !== undefined && scope.test(previous) ? previous : undefined)];
  if (was) return [line(operation === "delete" ? "DELETE" : "LEAVE", id, undefined, previous)];
  if (operation !== "delete" || previous !== undefined) return [];
  return where.mayMatch(id) && scope.isOfId && scope.mayMatch(id) ? [line("DELETE", id)] : [];
}

function line(operation: ChangeOperation, id: string, document?: StoredDocument, previous?: StoredDocument): string {
  return lineOf({ operation, id, document, previous });
}
