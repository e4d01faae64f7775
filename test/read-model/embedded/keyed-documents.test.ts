import fc from "fast-check";
import { expect, it } from "vitest";
import { KeyedDocuments } from "../../../src/read-model/embedded/keyed-documents.ts";

// A key of the second sort has a UTF-16 code unit below the last one's, and bytes above.
const KEYS = ["a", "b", "c", "d", "10", "9", "é", "😀", "\uFFFD"];
const IN_ORDER = KEYS.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const key = fc.constantFrom(...KEYS);
const steps = fc.array(
  fc.oneof(
    fc.record({ set: key, value: fc.nat() }),
    fc.record({ delete: key }),
    fc.record({ ask: fc.constantFrom(1, -1) }),
  ),
  { maxLength: 40 },
);

it("goes through what is there by keys, however it came and went", () => {
  fc.assert(
    fc.property(steps, (taken) => {
      const documents = new KeyedDocuments();
      const model = new Map<string, number>();
      const check = (direction: 1 | -1): void => {
        const ids = IN_ORDER.filter((id) => model.has(id));
        const expected = (direction === 1 ? ids : ids.toReversed()).map((_id) => ({ _id, value: model.get(_id) }));
        expect([...documents.ordered(direction)]).toEqual(expected);
        expect(documents.size).toBe(model.size);
      };
      for (const step of taken)
        if ("ask" in step) check(step.ask === 1 ? 1 : -1);
        else if ("delete" in step) {
          documents.delete(step.delete);
          model.delete(step.delete);
        } else {
          documents.set({ _id: step.set, value: step.value });
          model.set(step.set, step.value);
        }
      check(1);
      check(-1);
    }),
  );
});
