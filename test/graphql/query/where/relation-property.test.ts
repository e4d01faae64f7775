import { expect, it, onTestFinished } from "vitest";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import { openHarness } from "../../harness.ts";
import { authorizeScopes, expectRelatedMeaning, peopleCatalog } from "./relation-meaning.ts";

it.each([
  { minSize: undefined, maxJoinKeys: 0 },
  { minSize: undefined, maxJoinKeys: 2 },
  { minSize: undefined, maxJoinKeys: 10_000 },
  { minSize: 1, maxJoinKeys: 0 },
  { minSize: 1, maxJoinKeys: 10_000 },
])(
  "finds what a where through relations plainly means on the embedded read model: %j",
  async ({ maxJoinKeys, ...scopes }) => {
    const limits = { ...defaultLimits, maxJoinKeys };
    const api = await openHarness(peopleCatalog, { authorize: authorizeScopes(scopes), limits });
    onTestFinished(() => api.close());
    await expectRelatedMeaning(api, scopes, 200);
    expect(api.services.limits.maxJoins).toBe(8);
  },
);
