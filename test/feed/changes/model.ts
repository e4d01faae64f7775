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

/** A snapshot that was read on the way. */
export interface TakenSnapshot {
  /** The number of changes in it. */
  readonly at: number;
  /** The last row that was told when its reading was given up; undefined: it wasn't, or not yet. */
  until: string | null | undefined;
}

/**
 * What one who goes on from a standing is to be told, given the snapshots that are read on the way, each from where the
 * one before was given up. It is written as plainly as possible: with no phases, and no readings but of snapshots.
 */
export function expected(
  model: FakeReadModel,
  followed: Followed,
  from: Standing,
  snapshots: readonly TakenSnapshot[],
): readonly string[] {
  const changes = (after: string, until: string, upTo: Standing["upTo"]): readonly string[] =>
    model.log
      .filter(({ collection, position }) => collection === "users" && position > after && position <= until)
      .filter(({ id }) => isUpTo(id, upTo))
      .flatMap((change) => meaning(change, followed));
  const lines: string[] = [];
  let { position, upTo } = from;
  for (const { at, until } of snapshots.filter((snapshot) => positionOf(snapshot.at) >= from.position)) {
    const rows = model.documentsAt("users", at).filter((row) => isSeen(row, followed));
    const told = rows.filter(({ _id }) => !isUpTo(_id, upTo) && isUpTo(_id, until));
    lines.push(...changes(position, positionOf(at), upTo), ...told.map((row) => line("SNAPSHOT", row._id, row)));
    position = positionOf(at);
    if (until === undefined || (until !== null && !isUpTo(until, upTo))) upTo = until;
  }
  return [...lines, ...changes(position, positionOf(model.log.length), upTo)];
}

function isUpTo(id: string, upTo: Standing["upTo"]): boolean {
  return upTo === undefined || (upTo !== null && Buffer.compare(Buffer.from(id), Buffer.from(upTo)) <= 0);
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
