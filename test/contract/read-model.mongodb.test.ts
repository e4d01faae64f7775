import { MongoClient } from "mongodb";
import { openMongoReadModel } from "../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { describeReal, realStack, uniqueName } from "../support/real-stack.ts";
import { readModelContract } from "./read-model.ts";

describeReal("MongoDB", () => {
  readModelContract("MongoDB", async () => {
    const { mongoUrl } = realStack();
    const database = uniqueName("read-model");
    const open = (): ReturnType<typeof openMongoReadModel> =>
      openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
    const [model, other] = [open(), open()];
    await model.ensureCollections([]);
    // Else expired documents are looked for once a minute only.
    const admin = await MongoClient.connect(mongoUrl);
    await admin.db("admin").command({ setParameter: 1, ttlMonitorSleepSecs: 1 });
    await admin.close();
    return {
      model,
      other,
      dispose: async () => {
        await Promise.all([model.close(), other.close()]);
        const client = new MongoClient(mongoUrl);
        await client.db(database).dropDatabase();
        await client.close();
      },
    };
  });
});
