import { MongoClient } from "mongodb";
import { expect, it, onTestFinished } from "vitest";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { openHarness } from "../harness.ts";
import { expectFirstOfEach } from "./distinct-meaning.ts";
import { sortableCatalog } from "./rows.ts";

describeReal("distinct on MongoDB", () => {
  it("finds the first of each", async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("graphql-distinct");
    const api = await openHarness(sortableCatalog, {
      readModel: openMongoReadModel({ url: mongoUrl, database, logger: silentLogger }),
    });
    onTestFinished(async () => {
      await api.close();
      const client = new MongoClient(mongoUrl);
      await client.db(database).dropDatabase();
      await client.close();
    });
    await expectFirstOfEach(api, 150);
    expect(api.finds).not.toHaveLength(0);
  }, 120_000);
});
