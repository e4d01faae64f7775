import { describe, expect, test } from "vitest";
import { compileTests, meaningOf } from "../../../src/feed/changes/meaning.ts";
import type { DocumentChange, Filter, StoredDocument } from "../../../src/read-model/read-model.ts";
import { lineOf } from "./fake-sink.ts";

/** An `a` that may be asked for (`is`), and is within the scope (`owner`). */
function a(v: number, { asked = true, mine = true }: { asked?: boolean; mine?: boolean } = {}): StoredDocument {
  return { _id: "a", v, is: asked, owner: mine ? "me" : "you" };
}

const ASKED: Filter = { is: true };
const MINE: Filter = { owner: "me" };

function change(
  operation: DocumentChange["operation"],
  document?: StoredDocument,
  previous?: StoredDocument,
): DocumentChange {
  return { collection: "users", id: "a", operation, document, previous, position: "1" };
}

function told(what: DocumentChange, where: Filter, scope?: Filter): string | undefined {
  const meaning = meaningOf(what, compileTests({ where, scope }));
  return meaning === undefined ? undefined : lineOf(meaning);
}

const notAsked = { asked: false };
const notMine = { mine: false };

describe("a change to one who follows a filter within a scope", () => {
  test.each<[string, DocumentChange, string | undefined]>([
    ["new, matches", change("insert", a(1)), "INSERT a 1"],
    ["new, not asked for", change("insert", a(1, notAsked)), undefined],
    ["new, beyond the scope", change("insert", a(1, notMine)), undefined],
    ["changed, matches", change("update", a(2)), "UPDATE a 2"],
    ["changed, matched before", change("update", a(2), a(1)), "UPDATE a 2 (1)"],
    ["changed, wasn't asked for before", change("update", a(2), a(1, notAsked)), "UPDATE a 2 (1)"],
    ["changed, was beyond the scope", change("update", a(2), a(1, notMine)), "UPDATE a 2"],
    ["changed, isn't asked for any more", change("update", a(2, notAsked), a(1)), "LEAVE a (1)"],
    ["changed, left the scope", change("update", a(2, notMine), a(1)), "LEAVE a (1)"],
    ["changed, never matched", change("update", a(2, notAsked), a(1, notAsked)), undefined],
    ["changed, moved between what isn't told", change("update", a(2, notMine), a(1, notAsked)), undefined],
    ["changed, doesn't match, unknown before", change("update", a(2, notAsked)), undefined],
    ["deleted, matched", change("delete", undefined, a(1)), "DELETE a (1)"],
    ["deleted, wasn't asked for", change("delete", undefined, a(1, notAsked)), undefined],
    ["deleted, was beyond the scope", change("delete", undefined, a(1, notMine)), undefined],
    ["deleted, unknown before", change("delete"), undefined],
  ])("%s", (_name, what, line) => {
    expect(told(what, ASKED, MINE)).toBe(line);
  });
});

describe("a deletion of a document of which only the key is known", () => {
  test.each<[string, Filter, Filter | undefined, boolean]>([
    ["no filter", {}, undefined, true],
    ["a filter of other fields", ASKED, undefined, true],
    ["its key", { _id: "a" }, undefined, true],
    ["another key", { _id: "b" }, undefined, false],
    ["other keys", { _id: { $in: ["b", "c"] } }, undefined, false],
    ["its key and other fields", { _id: { $in: ["a"] }, ...ASKED }, undefined, true],
    ["another key within $and", { $and: [ASKED, { $and: [{ _id: { $eq: "b" } }] }] }, undefined, false],
    ["a range without it", { _id: { $gt: "a" } }, undefined, false],
    ["a range with it", { $and: [{ _id: { $lt: "b" } }, ASKED] }, undefined, true],
    ["a choice of keys", { $or: [{ _id: "a" }, { _id: "b" }] }, undefined, true],
    ["a choice that other fields may settle", { $or: [{ _id: "b" }, ASKED] }, undefined, true],
    ["an expression", { $expr: { $eq: ["$_id", "b"] } }, undefined, true],
    ["a scope of everything", {}, {}, true],
    ["a scope of other fields", {}, MINE, false],
    ["a scope of its key and other fields", {}, { _id: "a", ...MINE }, false],
    ["a scope of its key", {}, { _id: "a" }, true],
    ["a scope of another key", {}, { _id: "b" }, false],
    ["a scope of all keys but it", {}, { $nor: [{ _id: "a" }] }, false],
    ["a scope that an expression settles", {}, { $expr: { $eq: ["$_id", "a"] } }, false],
    ["a scope of its key, but another was asked for", { _id: "b" }, { _id: "a" }, false],
  ])("%s", (_name, where, scope, isTold) => {
    expect(told(change("delete"), where, scope)).toBe(isTold ? "DELETE a" : undefined);
  });
});
