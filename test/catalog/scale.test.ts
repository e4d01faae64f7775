import { expect, it } from "vitest";
import { gatherSubjects } from "../../src/catalog/gather.ts";
import { type CatalogState, firstState, reloadCatalog } from "../../src/catalog/reload.ts";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { lockNames } from "../../src/graphql/lock-names.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { FakeRegistry } from "../support/fake-registry.ts";
import { bigSchema, unionSchema, usualSchema } from "./big-schemas.ts";

/** What takes time that grows with the square of the size takes minutes at these sizes; a slow machine gets ten times. */
const PATIENCE_MS = 30_000;

async function loaded(schemas: readonly unknown[]): Promise<{ registry: FakeRegistry; state: CatalogState }> {
  const registry = new FakeRegistry();
  for (const [index, schema] of schemas.entries()) await registry.add(`topic${index}-value`, schema);
  return { registry, state: firstState(await gatherSubjects(registry), {}) };
}

it(
  "several hundred subjects, some of half a megabyte of nested and recursive records, load in seconds, and reload",
  { timeout: 2 * PATIENCE_MS },
  async () => {
    const big = [0, 1, 2, 3, 4].map((index) => bigSchema(index, 400));
    expect(JSON.stringify(big[0]).length).toBeGreaterThan(500_000);
    const begun = performance.now();
    const { registry, state } = await loaded([
      ...big,
      ...Array.from({ length: 300 }, (_, index) => usualSchema(index)),
    ]);
    const { catalog } = state;
    buildValidSchema({ catalog, limits: defaultLimits });
    expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
    expect([catalog.aggregates.length, catalog.skipped]).toEqual([305, []]);

    const again = performance.now();
    const lock = lockNames(catalog);
    await registry.add("late-value", usualSchema(1_000));
    const next = reloadCatalog(state, await gatherSubjects(registry), { lock });
    buildValidSchema({ catalog: next.state.catalog, limits: defaultLimits });
    expect(performance.now() - again).toBeLessThan(PATIENCE_MS);
    expect(next.state.catalog.aggregates).toHaveLength(306);
  },
);

it("a union of many event types that share large records loads in seconds", { timeout: PATIENCE_MS }, async () => {
  const begun = performance.now();
  const { state } = await loaded([unionSchema(200, 400)]);
  expect(state.catalog.aggregates[0]?.eventTypes).toHaveLength(200);
  buildValidSchema({ catalog: state.catalog, limits: defaultLimits });
  lockNames(state.catalog);
  expect(performance.now() - begun).toBeLessThan(PATIENCE_MS);
});
