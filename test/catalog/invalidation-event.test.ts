import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import {
  INVALIDATION_TYPE,
  encodeInvalidationEvent,
  invalidationOf,
  invalidationSchema,
  invalidationSubject,
} from "../../src/catalog/invalidation-event.ts";
import { firstState, reloadCatalog } from "../../src/catalog/reload.ts";
import { HEADER } from "../../src/model/event.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

const headers = { [HEADER.type]: INVALIDATION_TYPE };

describe("the event that makes a transaction invalid", () => {
  test("is read as it was written, whatever id its schema has", () => {
    fc.assert(
      fc.property(
        fc.record({
          transaction: fc.maxSafeNat(),
          reason: fc.string({ unit: "grapheme" }),
          keys: fc.array(fc.string()),
        }),
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        (event, schemaId) => {
          expect(invalidationOf({ headers, value: encodeInvalidationEvent(schemaId, event) })).toEqual(event);
        },
      ),
    );
  });

  test("is none without its header, and none that is cut or longer", () => {
    const value = encodeInvalidationEvent(7, { transaction: 5, reason: "wrong", keys: ["a"] });
    expect(invalidationOf({ headers: {}, value })).toBeUndefined();
    expect(invalidationOf({ headers, value: null })).toBeUndefined();
    expect(invalidationOf({ headers, value: Buffer.concat([value, Buffer.from([0])]) })).toBeUndefined();
    for (let length = 0; length < value.length; length += 1)
      expect(invalidationOf({ headers, value: value.subarray(0, length) })).toBeUndefined();
  });

  test("never throws, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(() => invalidationOf({ headers, value: Buffer.from([0, ...bytes]) })).not.toThrow();
      }),
    );
  });
});

test("its subject makes no event type, changes no catalog, and is nothing to speak of", async () => {
  const registry = new FakeRegistry();
  await registry.add("users-n.Changed", { type: "record", name: "n.Changed", fields: [{ name: "x", type: "int" }] });
  const before = firstState(await gatherSubjects(registry), {});
  await registry.add(invalidationSubject("users"), JSON.parse(invalidationSchema));
  const { state, problems } = reloadCatalog(before, await gatherSubjects(registry), {});
  expect(problems).toEqual([]);
  expect(state.catalog).toEqual(before.catalog);
  expect(state.catalog.aggregates).toBe(before.catalog.aggregates);
});
