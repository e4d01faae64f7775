import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cursor, formatCursor, parseCursor } from "../../../src/feed/changes/cursor.ts";
import { seal } from "../../../src/model/sealed-text.ts";

const cursors: fc.Arbitrary<Cursor> = fc.record({
  collection: fc.string({ unit: "binary" }),
  position: fc.string(),
  upTo: fc.oneof(fc.constant(undefined), fc.constant(null), fc.string({ unit: "grapheme" })),
});

describe("a cursor", () => {
  test("comes back as it was", () => {
    fc.assert(
      fc.property(cursors, (cursor) => {
        expect(parseCursor(formatCursor(cursor), cursor.collection)).toEqual(cursor);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  test("is refused for another collection, which the message names", () => {
    const cursor = formatCursor({ collection: "users", position: "1", upTo: undefined });
    expect(() => parseCursor(cursor, "accounts")).toThrow(
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
    [`${formatCursor({ collection: "users", position: "1", upTo: undefined }).slice(0, -2)}AA`, "a damaged one"],
  ])("is refused where it is %s (%s)", (text) => {
    expect(() => parseCursor(text, "users")).toThrow(expect.objectContaining({ code: "CURSOR_INVALID" }));
  });
});
