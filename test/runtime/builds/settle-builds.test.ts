import { afterAll, expect, it } from "vitest";
import type { CatalogDefinition } from "../../../src/projector/builds/definitions-of.ts";
import { DEFINITIONS } from "../../../src/projector/builds/stored-builds.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { settleBuilds } from "../../../src/runtime/builds/settle-builds.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { aggregate } from "../../graphql/sketch.ts";
import { windows } from "../../../src/model/windows/define-windows.ts";
import { count } from "../../../src/model/windows/measures.ts";

const readModel = openEmbeddedReadModel({ file: ":memory:", logger: silentLogger });
afterAll(() => readModel.close());

const daily = windows({ name: "Daily", from: ["orders"], by: "day", timeZone: "UTC", measures: { orders: count() } });

/** A definition of a projection whose events are copied to an intermediate topic. */
function definitionOf(definition: string, topic: string): CatalogDefinition {
  const place = { topic, projection: "Daily", collection: "dailies" };
  const projected = { projection: daily, isRekeyed: true, sources: new Map() };
  return {
    name: "Daily",
    base: "Daily",
    topics: [topic],
    collections: ["dailies"],
    definition,
    aggregates: [{ ...aggregate("Daily", place), projected }],
    changesFrom: (stored) => (stored === definition ? [] : ["the windows were otherwise"]),
  };
}

it("builds nothing anew of a topic that is yet to be filled from sources whose first events have expired", async () => {
  await readModel.ensureCollections([{ name: DEFINITIONS }]);
  const begins: Record<string, number> = { orders: 0 };
  const log = {
    describeTopics: async (names: readonly string[]) =>
      names.map((name) => ({ name, partitions: 1, compacted: false, retentionMs: 1_000 })),
    offsets: async (topic: string) => [{ low: begins[topic] ?? 0, high: 10 }],
  };
  const settle = async (of: CatalogDefinition): Promise<readonly unknown[]> =>
    await settleBuilds([of], { readModel, log, swap: "auto", logger: silentLogger });
  expect(await settle(definitionOf("by day", "eventql.daily.1"))).toEqual([]);
  begins["orders"] = 4;
  expect(await settle(definitionOf("by week", "eventql.daily.2"))).toMatchObject([
    { error: { code: "HISTORY_GONE", details: { topic: "orders" } } },
  ]);
  // What is copied already stands in the intermediate topic, as long as that keeps it.
  expect(await settle(definitionOf("with a sum", "eventql.daily.1"))).toEqual([]);
});
