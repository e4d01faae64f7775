import fc from "fast-check";
import { MongoClient } from "mongodb";
import { expect, it, onTestFinished } from "vitest";
import { openMongoReadModel } from "../../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../../support/real-stack.ts";
import { openHarness } from "../../harness.ts";
import { sortableCatalog } from "../rows.ts";
import { anyPaging, expectPaging } from "./paging.ts";

describeReal("a connection on MongoDB", () => {
  it("shows each document that stays once, by pages of a collection that is written to", async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("graphql-paging");
    const api = await openHarness(sortableCatalog, {
      readModel: openMongoReadModel({ url: mongoUrl, database, logger: silentLogger }),
    });
    onTestFinished(async () => {
      await api.close();
      const client = new MongoClient(mongoUrl);
      await client.db(database).dropDatabase();
      await client.close();
    });
    await fc.assert(
      fc.asyncProperty(anyPaging, async (paging) => await expectPaging(api, paging)),
      { numRuns: 150 },
    );
    expect(api.finds).not.toHaveLength(0);
  }, 120_000);
});
