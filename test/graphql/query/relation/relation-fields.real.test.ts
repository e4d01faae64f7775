import { MongoClient } from "mongodb";
import { openMongoReadModel } from "../../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../../support/real-stack.ts";
import { openCounted, people } from "./people.ts";
import { relationSuite } from "./relation-suite.ts";

describeReal("relations on MongoDB", () => {
  relationSuite(async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("graphql-relations");
    const readModel = openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
    const api = await openCounted(people, { readModel });
    return {
      ...api,
      close: async () => {
        await api.close();
        const client = new MongoClient(mongoUrl);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });
});
