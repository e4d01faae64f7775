import fc from "fast-check";
import { expect, it, onTestFinished } from "vitest";
import { openHarness } from "../../harness.ts";
import { sortableCatalog } from "../rows.ts";
import { anyPaging, expectPaging } from "./paging.ts";

it("shows each document that stays once, by pages of the embedded read model that is written to", async () => {
  const api = await openHarness(sortableCatalog);
  onTestFinished(() => api.close());
  await fc.assert(
    fc.asyncProperty(anyPaging, async (paging) => await expectPaging(api, paging)),
    { numRuns: 300 },
  );
  expect(api.finds).not.toHaveLength(0);
}, 60_000);
