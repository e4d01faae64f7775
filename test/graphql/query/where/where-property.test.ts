import { expect, it, onTestFinished } from "vitest";
import { openHarness } from "../../harness.ts";
import { expectPlainMeaning, rowCatalog } from "./where-meaning.ts";

it("finds what a where plainly means on the embedded read model", async () => {
  const api = await openHarness(rowCatalog);
  onTestFinished(() => api.close());
  await expectPlainMeaning(api, 500);
  expect(api.finds).not.toHaveLength(0);
});
