import { Binary, type MongoClient } from "mongodb";
import { z } from "zod";

/** µs without a statement after which a transaction's process is taken for gone: ours send theirs without a pause. */
const ABANDONED_MICROS = 1_000_000;

const Idle = z.array(z.object({ lsid: z.object({ id: z.instanceof(Binary) }) }));

/** The name by which the server tells our sessions on a database from those of others. */
export function appNameOf(database: string): string {
  return `eventql/${database}`;
}

/**
 * Ends transactions on our database that nobody goes on with. The server keeps what a killed process has begun for a
 * minute, with its locks, so that the checkpoints in it could not be moved by whoever takes over. A live process whose
 * transaction is ended does it again. Returns how many there were.
 *
 * Needs no privileges where all our processes are the same user.
 */
export async function endAbandonedTransactions(client: MongoClient, database: string): Promise<number> {
  const admin = client.db("admin");
  const match = {
    type: "idleSession",
    appName: appNameOf(database),
    "transaction.timeInactiveMicros": { $gt: ABANDONED_MICROS },
  };
  const pipeline = [
    { $currentOp: { allUsers: false, idleSessions: true } },
    { $match: match },
    { $project: { lsid: 1 } },
  ];
  const idle = await admin.aggregate(pipeline, { readConcern: { level: "local" }, promoteBuffers: false }).toArray();
  const sessions = Idle.parse(idle).map(({ lsid }) => ({ id: lsid.id }));
  if (sessions.length > 0) await admin.command({ killSessions: sessions });
  return sessions.length;
}
