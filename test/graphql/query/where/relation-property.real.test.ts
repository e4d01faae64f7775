import { MongoClient } from "mongodb";
import { expect, it, onTestFinished } from "vitest";
import { defaultLimits } from "../../../../src/graphql/services.ts";
import { openMongoReadModel } from "../../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../../support/real-stack.ts";
import { openHarness } from "../../harness.ts";
import { authorizeScopes, expectRelatedMeaning, peopleCatalog } from "./relation-meaning.ts";

describeReal("a where through relations on MongoDB", () => {
  it.each([
    { minSize: undefined, maxJoinKeys: 0 },
    { minSize: undefined, maxJoinKeys: 2 },
    { minSize: 1, maxJoinKeys: 0 },
    { minSize: 1, maxJoinKeys: 10_000 },
  ])("finds what it plainly means: %j", async ({ maxJoinKeys, ...scopes }) => {
    const { mongoUrl } = realStack();
    const database = uniqueName("graphql-relations");
    const api = await openHarness(peopleCatalog, {
      readModel: openMongoReadModel({ url: mongoUrl, database, logger: silentLogger }),
      authorize: authorizeScopes(scopes),
      limits: { ...defaultLimits, maxJoinKeys },
    });
    onTestFinished(async () => {
      await api.close();
      const client = new MongoClient(mongoUrl);
      await client.db(database).dropDatabase();
      await client.close();
    });
    await expectRelatedMeaning(api, scopes, 100);
    expect(api.services.limits.maxJoins).toBe(8);
  });
});
