import { MongoClient } from "mongodb";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { limitsSuite } from "./limits.ts";

describeReal("with real servers", () => {
  limitsSuite("MongoDB", async () => {
    const url = realStack().mongoUrl;
    const database = uniqueName("limits");
    return {
      readModel: openMongoReadModel({ url, database, logger: silentLogger }),
      indexed: { data: {} },
      explained: (index) => ({ data: {}, extensions: { explain: [{ index }] } }),
      async dispose() {
        const client = new MongoClient(url);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });
});
