import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReceipt, encodeReceipt } from "../../src/model/receipt.ts";

describe("a receipt", () => {
  test("gives back the position that it was made of", () => {
    const position = fc.record({ topic: fc.string({ unit: "binary" }), partition: fc.nat(), offset: fc.maxSafeNat() });
    fc.assert(
      fc.property(position, (of) => {
        fc.pre(of.topic.isWellFormed());
        expect(decodeReceipt(encodeReceipt(of))).toEqual(of);
      }),
    );
  });

  test("is refused when it was made up", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeReceipt(text)).toThrow(expect.objectContaining({ code: "RECEIPT_INVALID" }));
      }),
    );
  });

  test("is refused when a character was changed", () => {
    const receipt = encodeReceipt({ topic: "appuser", partition: 1, offset: 12 });
    for (let index = 0; index < receipt.length - 1; index += 1) {
      const other = receipt[index] === "A" ? "B" : "A";
      const changed = receipt.slice(0, index) + other + receipt.slice(index + 1);
      expect(() => decodeReceipt(changed)).toThrow(expect.objectContaining({ code: "RECEIPT_INVALID" }));
    }
  });
});
