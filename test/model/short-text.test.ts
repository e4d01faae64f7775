import fc from "fast-check";
import { expect, it } from "vitest";
import { textBytes, writeText } from "../../src/model/short-text.ts";

it("texts are measured and written as Node does it", () => {
  const text = fc.oneof(fc.string({ maxLength: 100 }), fc.string({ unit: "binary", maxLength: 100 }));
  fc.assert(
    fc.property(text, fc.nat({ max: 5 }), (value, at) => {
      expect(textBytes(value)).toBe(Buffer.byteLength(value));
      const bytes = Buffer.alloc(at + Buffer.byteLength(value));
      writeText(bytes, at, value, textBytes(value));
      expect(bytes.subarray(at)).toEqual(Buffer.from(value));
    }),
  );
});
