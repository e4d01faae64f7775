import { expect, test } from "vitest";
import { encodeInvalidationEvent, invalidationOf } from "../../src/catalog/invalidation-event.ts";
import { EventQLError } from "../../src/errors.ts";
import { invalidationSchemas } from "../../src/runtime/invalidation-schema.ts";
import { FakeRegistry } from "../support/fake-registry.ts";

test("the schema of invalidations is registered when a topic needs it, once", async () => {
  const registry = new FakeRegistry();
  const idOf = invalidationSchemas(registry);
  expect(await registry.subjects()).toEqual([]);
  const id = await idOf("values");
  expect(await idOf("values")).toBe(id);
  await idOf("others");
  expect(await registry.subjects()).toEqual(["others-eventql.EventInvalidate", "values-eventql.EventInvalidate"]);
  const said = { transaction: 7, reason: "wrong", keys: ["a"] };
  const value = encodeInvalidationEvent(id, said);
  expect(invalidationOf({ headers: { ce_type: "eventql.EventInvalidate" }, value })).toEqual(said);
});

test("a registry that is away is asked again by the next", async () => {
  const registry = new FakeRegistry();
  let isAway = true;
  const idOf = invalidationSchemas({
    register: async (subject, schema) => {
      if (isAway) throw new EventQLError("REGISTRY_UNAVAILABLE", "away");
      return await registry.register(subject, schema);
    },
  });
  await expect(idOf("values")).rejects.toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  isAway = false;
  expect(await idOf("values")).toBeGreaterThan(0);
});
