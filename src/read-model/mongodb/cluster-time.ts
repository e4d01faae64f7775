import { type Db, Timestamp } from "mongodb";
import { EventQLError } from "../../errors.ts";

/** What the cluster says of itself. */
export interface ClusterNow {
  /** Everything that was acknowledged before is at this time or earlier. */
  readonly time: Timestamp;
  readonly isSharded: boolean;
}

/** Asks the primary for the time of the newest write that no failover undoes. */
export async function clusterNow(db: Db): Promise<ClusterNow> {
  const { lastWrite, operationTime, msg } = await db.command({ hello: 1 }, { readPreference: "primary" });
  const time: unknown = lastWrite?.majorityOpTime?.ts ?? operationTime;
  if (!(time instanceof Timestamp))
    throw new EventQLError(
      "READ_MODEL_UNAVAILABLE",
      "The MongoDB server is no member of a replica set, so it has no change streams: start it with --replSet.",
    );
  return { time, isSharded: msg === "isdbgrid" };
}
