import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatMicros,
  formatTime,
  parseDateTime,
  parseExpandedDate,
  parseLocalDateTime,
  parseTime,
} from "../../../src/graphql/types/temporal.ts";

const MAX_MS = 8_640_000_000_000_000;

describe("date-times", () => {
  it("read back what was written, to the microsecond", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: BigInt(-MAX_MS) * 1000n, max: BigInt(MAX_MS) * 1000n }), (micros) => {
        expect(parseLocalDateTime(formatMicros(micros) ?? "")).toBe(micros);
        expect(parseDateTime(`${formatMicros(micros)}Z`)).toBe(micros);
      }),
    );
  });

  it.each([
    ["2024-05-17T13:45:30+02:00", "2024-05-17T11:45:30.000000"],
    ["2024-05-17t13:45:30.1-00:30", "2024-05-17T14:15:30.100000"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000000"],
  ])("read %s with its offset", (text, utc) => {
    expect(formatMicros(parseDateTime(text) ?? 0n)).toBe(utc);
  });

  it.each([
    "2024-02-30T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "2024-13-01T00:00:00Z",
    "2024-01-01T24:00:00Z",
    "2024-01-01T00:60:00Z",
    "2024-01-01T00:00:60Z",
    "2024-01-01T00:00:00.1234567Z",
    "2024-01-01T00:00:00+24:00",
    "2024-01-01T00:00:00",
    "2024-01-01",
    "",
    "+999999-01-01T00:00:00Z",
  ])("refuse %j", (text) => {
    expect(parseDateTime(text)).toBeUndefined();
  });
});

describe("moments that no date can hold", () => {
  it.each([2n ** 63n - 1n, -(2n ** 63n)])("have no text: %d", (micros) => {
    expect(formatMicros(micros)).toBeUndefined();
  });
});

describe("dates of expanded years", () => {
  it.each(["+010000-01-01", "-000001-12-31", "+275760-09-13"])("read %s", (text) => {
    expect(parseExpandedDate(text)?.toISOString()).toBe(`${text}T00:00:00.000Z`);
  });

  it.each(["10000-01-01", "+010000-02-30", "+275760-09-14", "2024-01-01", "+010000-01-01T00:00:00"])(
    "refuse %s",
    (text) => {
      expect(parseExpandedDate(text)).toBeUndefined();
    },
  );
});

describe("times of day", () => {
  it("read back what was written", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 86_399_999_999 }), (micros) => {
        expect(parseTime(formatTime(micros, 6) ?? "")).toBe(micros);
        const millis = Math.floor(micros / 1000);
        expect(parseTime(formatTime(millis, 3) ?? "")).toBe(millis * 1000);
      }),
    );
  });

  it.each([-1, 86_400_000_000, 0.5, Number.NaN])("have no text of %d", (micros) => {
    expect(formatTime(micros, 6)).toBeUndefined();
  });

  it.each(["24:00:00", "1:00:00", "00:00", "00:00:00.", "00:00:00Z"])("refuse %j", (text) => {
    expect(parseTime(text)).toBeUndefined();
  });
});
