import { expect, it, onTestFinished } from "vitest";
import { openHarness } from "../harness.ts";
import { expectFirstOfEach } from "./distinct-meaning.ts";
import { sortableCatalog } from "./rows.ts";

it("finds the first of each on the embedded read model", async () => {
  const api = await openHarness(sortableCatalog);
  onTestFinished(() => api.close());
  await expectFirstOfEach(api, 300);
  expect(api.finds).not.toHaveLength(0);
}, 60_000);
