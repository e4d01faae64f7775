import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decodeInvalidation,
  decodeTransaction,
  encodeInvalidation,
  encodeTransaction,
  expectedVersionOf,
  expectedVersionText,
  kindOf,
} from "../../src/command/command-record.ts";
import type { ExpectedVersion } from "../../src/model/command.ts";

const text = fc.string({ unit: "grapheme" });
const expected: fc.Arbitrary<ExpectedVersion> = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom<ExpectedVersion>("NO_STREAM", "EXISTS"),
);
const invalid = expect.objectContaining({ code: "EVENT_INVALID" });

describe("a command as it is stored", () => {
  test("gives back a transaction's events, byte for byte", () => {
    const event = fc.record({
      key: text,
      type: text,
      value: fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ifVersion: fc.option(expected, { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 5 }), (events) => {
        expect(decodeTransaction(encodeTransaction(events))).toEqual(events);
      }),
    );
  });

  test("gives back an invalidation", () => {
    fc.assert(
      fc.property(fc.record({ transaction: fc.maxSafeNat(), reason: text }), (asked) => {
        expect(decodeInvalidation(encodeInvalidation(asked))).toEqual(asked);
      }),
    );
  });

  test("gives back the expected version", () => {
    fc.assert(
      fc.property(expected, (version) => {
        const headers = { eventql_if_version: expectedVersionText(version) };
        expect(expectedVersionOf({ headers })).toBe(version);
      }),
    );
    expect(expectedVersionOf({ headers: {} })).toBeUndefined();
  });

  test.each(["", "-1", "1.5", "latest", "9".repeat(30)])("is refused with the expected version %j", (header) => {
    expect(() => expectedVersionOf({ headers: { eventql_if_version: header } })).toThrow(invalid);
  });

  test.each([null, "", "{}", '{"events":[]}', '{"events":[{"key":1}]}', "not JSON"])("is refused as %j", (value) => {
    const bytes = value === null ? null : Buffer.from(value);
    expect(() => decodeTransaction(bytes)).toThrow(invalid);
    expect(() => decodeInvalidation(bytes)).toThrow(invalid);
  });

  test("says its kind, if EventQL wrote it", () => {
    expect(kindOf({ headers: { eventql_kind: "tombstone" } })).toBe("tombstone");
    expect(kindOf({ headers: { eventql_kind: "toString" } })).toBeUndefined();
    expect(kindOf({ headers: {} })).toBeUndefined();
  });
});
