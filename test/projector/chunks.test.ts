import fc from "fast-check";
import { expect, test } from "vitest";
import { type BatchItem, bad } from "../../src/projector/decode-batch.ts";
import { chunksByKeys, transactionsOf } from "../../src/projector/chunks.ts";

function itemsOf(keys: readonly (string | undefined)[]): readonly BatchItem[] {
  return keys.map((key, index) => {
    const record = {
      topic: "t",
      partition: 0,
      offset: 10 + index * 2,
      timestamp: 0,
      key: null,
      value: null,
      headers: {},
    };
    return key === undefined ? bad(record, undefined, "KEY_INVALID", "null") : { kind: "tombstone", record, key };
  });
}

test("a batch is cut into runs of at most so many keys, and nothing is lost or moved", () => {
  const keys = fc.array(fc.option(fc.constantFrom("a", "b", "c", "d"), { nil: undefined }), { minLength: 1 });
  fc.assert(
    fc.property(keys, fc.integer({ min: 1, max: 5 }), (of, maxKeys) => {
      const items = itemsOf(of);
      const chunks = chunksByKeys(items, 1_000, maxKeys);
      expect(chunks.flatMap((chunk) => chunk.items)).toEqual(items);
      for (const [index, chunk] of chunks.entries()) {
        const distinct = new Set(chunk.items.flatMap(({ key }) => (key === undefined ? [] : [key])));
        expect(distinct.size).toBeLessThanOrEqual(maxKeys);
        expect(chunk.next).toBe(chunks[index + 1]?.items[0]?.record.offset ?? 1_000);
      }
    }),
  );
});

test("events that share keys are cut less often than those with a key each", () => {
  const each = itemsOf(Array.from({ length: 9_000 }, (_, index) => `key-${index}`));
  const shared = itemsOf(Array.from({ length: 18_000 }, (_, index) => `key-${index % 9_000}`));
  expect(transactionsOf(each, 1)).toHaveLength(2);
  expect(transactionsOf(shared, 1)).toHaveLength(1);
});

test("a batch of many events of few keys stays whole", () => {
  const items = itemsOf(Array.from({ length: 10_000 }, (_, index) => `key-${index % 3}`));
  expect(chunksByKeys(items, 1, 3)).toHaveLength(1);
});
