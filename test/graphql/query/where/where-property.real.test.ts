import { MongoClient } from "mongodb";
import { expect, it, onTestFinished } from "vitest";
import { openMongoReadModel } from "../../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../../support/real-stack.ts";
import { openHarness } from "../../harness.ts";
import { expectPlainMeaning, rowCatalog } from "./where-meaning.ts";

describeReal("a where on MongoDB", () => {
  it("finds what it plainly means", async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("graphql-where");
    const api = await openHarness(rowCatalog, {
      readModel: openMongoReadModel({ url: mongoUrl, database, logger: silentLogger }),
    });
    onTestFinished(async () => {
      await api.close();
      const client = new MongoClient(mongoUrl);
      await client.db(database).dropDatabase();
      await client.close();
    });
    await expectPlainMeaning(api, 300);
    expect(api.finds).not.toHaveLength(0);
  });
});
