import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type RecordParts, encodeRecord } from "../../../src/event-log/kafka/encode-record.ts";

const require = createRequire(import.meta.url);
const theirs = z
  .custom<(record: RecordParts) => { readonly buffer: Buffer }>((value) => typeof value === "function")
  .parse(require("kafkajs/src/protocol/recordBatch/record/v0/index.js"));

describe("an encoded record", () => {
  const text = fc.string({ unit: "grapheme" });
  const field = fc.oneof(
    fc.constant(null),
    text,
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );

  it("has the bytes that kafkajs gives it", () => {
    const record = fc.record({
      offsetDelta: fc.nat(),
      timestampDelta: fc.oneof(fc.nat({ max: 300 }), fc.nat()),
      key: field,
      value: field,
      headers: fc.dictionary(text, text),
    });
    fc.assert(
      fc.property(record, (parts) => {
        const encoded = encodeRecord(parts);
        const small = parts.offsetDelta < 2 ** 30 && parts.timestampDelta < 2 ** 30;
        expect(encoded?.buffer).toEqual(small ? theirs(parts).buffer : undefined);
      }),
      { numRuns: 500 },
    );
    expect(encodeRecord({ key: "k", value: null })?.buffer).toEqual(theirs({ key: "k", value: null }).buffer);
  });

  it.each([
    ["headers that are bytes", { key: "k", value: "v", headers: { a: Buffer.from("b") } }],
    ["several headers of a name", { key: "k", value: "v", headers: { a: ["b", "c"] } }],
    ["a key of another kind", { key: 1, value: "v" }],
    ["a time before the first one's", { key: "k", value: "v", timestampDelta: -1 }],
  ])("is left to kafkajs where it has %s", (_what, parts) => {
    expect(encodeRecord(parts)).toBeUndefined();
  });
});
