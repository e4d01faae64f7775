import { MongoClient } from "mongodb";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { feedOnStore } from "./on-store.ts";

describeReal("feeds of two processes on MongoDB", () => {
  feedOnStore(async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("changes");
    const open = (): ReturnType<typeof openMongoReadModel> =>
      openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
    const [model, other] = [open(), open()];
    await model.ensureCollections([]);
    return {
      models: [model, other],
      dispose: async () => {
        await Promise.all([model.close(), other.close()]);
        const client = new MongoClient(mongoUrl);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });
});
