import { expect, it, onTestFinished } from "vitest";
import { defaultLimits } from "../../../src/graphql/services.ts";
import type { Authorize } from "../../../src/security/authorize.ts";
import { type Harness, messages, openHarness } from "../harness.ts";
import { aggregate, catalogOf, column, nullable } from "../sketch.ts";

const catalog = catalogOf(
  aggregate("User", {
    collection: "users",
    columns: [
      column("name", nullable("string")),
      column("tenant", nullable("string")),
      column("pin", nullable("string"), { hidden: true }),
    ],
  }),
);

async function openFull(authorize: Authorize): Promise<Harness> {
  const api = await openHarness(catalog, { authorize, limits: { ...defaultLimits, maxExaminedDocuments: 2 } });
  onTestFinished(() => api.close());
  await api.store(
    "users",
    ["1", "2", "3", "4", "5"].map((_id) => ({ _id, name: "a", tenant: _id })),
  );
  return api;
}

const QUERY = '{ users(where: { name: { eq: "a" } }) { id } }';

it("who may see all is told how many documents there are, and what to index", async () => {
  const api = await openFull(() => ({ allow: true }));
  const result = await api.run(QUERY);
  expect(messages(result)).toContain("about 5 documents of User");
  expect(result.errors?.[0]?.extensions["details"]).toEqual({ documents: 5, maximum: 2, columns: ["name"] });
});

it.each([
  ["a column that they see", { tenant: "1" }],
  ["a hidden one", { pin: "0000" }],
])("whose rows are limited by %s isn't told how many there are beside theirs, nor by what", async (_by, filter) => {
  const api = await openFull(() => ({ allow: true, filter }));
  const result = await api.run(QUERY);
  expect(messages(result)).toContain("examine too many documents of User");
  expect(JSON.stringify(result.errors)).not.toMatch(/tenant|pin|0000|about|5/);
  expect(result.errors?.[0]?.extensions["details"]).toEqual({ maximum: 2, columns: ["name"] });
});
