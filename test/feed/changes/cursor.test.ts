import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cursor, formatCursor, parseCursor } from "../../../src/feed/changes/cursor.ts";
import { seal } from "../../../src/model/sealed-text.ts";
import { USERS } from "./harness.ts";

const told = fc.record({
  aggregate: fc.string({ unit: "binary" }),
  collection: fc.string({ unit: "binary" }),
  position: fc.string(),
  upTo: fc.oneof(fc.constant(undefined), fc.constant(null), fc.string({ unit: "grapheme" })),
});

const cursors: fc.Arbitrary<Cursor> = fc
  .tuple(told, fc.boolean())
  .map(([cursor, isReset]) => (isReset ? { ...cursor, isReset } : cursor));

describe("a cursor", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(parseCursor(formatCursor(cursor), cursor)).toEqual(cursor);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("of the same documents in another collection begins anew, whatever was told of that", () => {
    const cursor = formatCursor({ aggregate: "User", collection: "users_0a1b2c3d", position: "1", upTo: "b" });
    expect(parseCursor(cursor, USERS)).toEqual({ ...USERS, position: "1", upTo: null, isReset: true });
  });

  test("of an older version knows its collection only", () => {
    const cursor = seal({ changes: 1, collection: "users", position: "1" });
    expect(parseCursor(cursor, USERS)).toEqual({ ...USERS, position: "1", upTo: undefined });
    expect(() => parseCursor(cursor, { ...USERS, collection: "users_0a1b2c3d" })).toThrow(
      expect.objectContaining({ code: "CURSOR_INVALID" }),
    );
  });

  test("is refused for another collection, which the message names", () => {
    const cursor = formatCursor({ ...USERS, position: "1", upTo: undefined });
    expect(() => parseCursor(cursor, { aggregate: "Account", collection: "accounts" })).toThrow(
      expect.objectContaining({ code: "CURSOR_INVALID", message: expect.stringMatching(/'users'.*'accounts'/) }),
    );
  });

  test.each([
    ["", "nothing"],
    ["garbage", "no sealed text"],
    [seal(["appuser", 0, 12]), "a receipt"],
    [seal(null), "null"],
    [seal({ changes: 2, collection: "users", position: "1" }), "of another version"],
    [seal({ changes: 1, collection: "users", position: 1 }), "a position that is no text"],
    [seal({ changes: 1, position: "1" }), "no collection"],
    [seal({ changes: 1, collection: "users", position: "1", upTo: 5 }), "an id that is no text"],
    [seal({ changes: 1, of: 5, collection: "users", position: "1" }), "an aggregate that is no text"],
    [seal({ changes: 1, collection: "users", position: "1", reset: "yes" }), "a reset that is no such"],
    [`${formatCursor({ ...USERS, position: "1", upTo: undefined }).slice(0, -2)}AA`, "a damaged one"],
  ])("is refused where it is %s (%s)", (text) => {
    expect(() => parseCursor(text, USERS)).toThrow(expect.objectContaining({ code: "CURSOR_INVALID" }));
  });
});
