import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeReceipt, encodeCommandReceipt, encodeReceipt } from "../../src/model/receipt.ts";
import { seal } from "../../src/model/sealed-text.ts";

const invalid = expect.objectContaining({ code: "RECEIPT_INVALID" });
const topic = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
const place = fc.record({ partition: fc.nat(), offset: fc.maxSafeNat() });

describe("a receipt of events", () => {
  test("gives back the position that it was made of", () => {
    fc.assert(
      fc.property(topic, place, (of, at) => {
        const position = { topic: of, ...at };
        expect(decodeReceipt(encodeReceipt(position))).toEqual({ kind: "events", positions: [position] });
      }),
    );
  });

  test("keeps the newest position of each partition", () => {
    const places = fc.array(fc.record({ partition: fc.nat({ max: 3 }), offset: fc.nat() }), { minLength: 1 });
    fc.assert(
      fc.property(topic, places, (of, at) => {
        const [first = { topic: of, partition: 0, offset: 0 }, ...more] = at.map((one) => ({ topic: of, ...one }));
        const receipted = decodeReceipt(encodeReceipt(first, ...more));
        const newest = new Map<number, number>();
        for (const { partition, offset } of at) newest.set(partition, Math.max(offset, newest.get(partition) ?? 0));
        const expected = [...newest].map(([partition, offset]) => ({ topic: of, partition, offset }));
        expect(receipted).toEqual({ kind: "events", positions: expected });
      }),
    );
  });
});

test("a receipt of a command gives back its topic and id, whatever the id looks like", () => {
  fc.assert(
    fc.property(topic, topic, (of, commandId) => {
      expect(decodeReceipt(encodeCommandReceipt(of, commandId))).toEqual({ kind: "command", topic: of, commandId });
    }),
  );
});

describe("a receipt is refused", () => {
  test("where it was made up", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeReceipt(text)).toThrow(invalid);
      }),
    );
  });

  test("where a character was changed", () => {
    for (const receipt of [
      encodeReceipt({ topic: "appuser", partition: 1, offset: 12 }, { topic: "appuser", partition: 2, offset: 3 }),
      encodeCommandReceipt("appuser", "c"),
    ]) {
      for (let index = 0; index < receipt.length - 1; index += 1) {
        const other = receipt[index] === "A" ? "B" : "A";
        const changed = receipt.slice(0, index) + other + receipt.slice(index + 1);
        expect(() => decodeReceipt(changed)).toThrow(invalid);
      }
    }
  });

  test.each([
    [["t"]],
    [["t", 1]],
    [["t", 1, 2, 3]],
    [["t", "c", 1]],
    [["t", "c", "d"]],
    [["t", "c".repeat(1_025)]],
    [["t", -1, 2]],
    [["t", 1, 2.5]],
    [["t", 1, "2"]],
    [[1, 2, 3]],
    [{ topic: "t" }],
    ["t"],
    [null],
  ])("where it was sealed with %j in it", (content) => {
    expect(() => decodeReceipt(seal(content))).toThrow(invalid);
  });
});
