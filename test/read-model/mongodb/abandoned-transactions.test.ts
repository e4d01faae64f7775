import { MongoClient } from "mongodb";
import { expect, it, vi } from "vitest";
import { checkpointId } from "../../../src/model/checkpoint.ts";
import { appNameOf } from "../../../src/read-model/mongodb/abandoned-transactions.ts";
import { openMongoReadModel } from "../../../src/read-model/mongodb/mongo-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { newCheckpoint, nextCommit } from "../../contract/read-model-support.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";

describeReal("a transaction of a process that is gone", () => {
  it("holds up whoever takes over for seconds, not for the server's minute; others' transactions are left alone", async () => {
    const database = uniqueName("abandoned");
    const { mongoUrl } = realStack();
    const model = openMongoReadModel({ url: mongoUrl, database, logger: silentLogger });
    await model.ensureCollections([]);
    const checkpoint = await model.openCheckpoint(newCheckpoint());
    const gone = new MongoClient(mongoUrl, { appName: appNameOf(database) });
    const other = new MongoClient(mongoUrl, { appName: "other" });
    const [goneSession, otherSession] = [gone.startSession(), other.startSession()];
    try {
      goneSession.startTransaction();
      otherSession.startTransaction();
      await other.db(database).collection("others").insertOne({}, { session: otherSession });
      const id: object = { _id: checkpointId(checkpoint) };
      await gone
        .db(database)
        .collection("eventql_checkpoints")
        .updateOne(id, { $inc: { next: 5 } }, { session: goneSession });
      const result = await vi.waitFor(async () => await model.commit(nextCommit(checkpoint)), { timeout: 15_000 });
      expect(result).toEqual({ status: "committed" });
      await expect(goneSession.commitTransaction()).rejects.toThrow();
      await otherSession.commitTransaction();
      expect(await other.db(database).collection("others").countDocuments()).toBe(1);
    } finally {
      await Promise.all([goneSession.endSession(), otherSession.endSession()]);
      await other.db(database).dropDatabase();
      await Promise.all([gone.close(), other.close(), model.close()]);
    }
  });
});
