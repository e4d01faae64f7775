import { MongoClient, MongoServerError, type Document } from "mongodb";
import { EventQLError } from "../src/errors.ts";
import { becomes } from "./process.ts";
import { host, replicaSet } from "./settings.ts";

const NOT_YET_INITIALIZED = 94;
const PRIMARY_WITHIN_MS = 60_000;

/**
 * Makes the mongod on a port the primary of a replica set of one. Data from a start on another port names that one as the
 * member, so the configuration is corrected.
 *
 * @throws EventQLError `STACK_UNAVAILABLE` if it doesn't become the primary
 */
export async function ensurePrimary(port: number): Promise<void> {
  const client = new MongoClient(`mongodb://${host}:${port}/?directConnection=true`);
  try {
    const admin = (command: Document): Promise<Document> => client.db("admin").command(command);
    const config = await configuration(admin);
    const member = `${host}:${port}`;
    if (config === undefined) await admin({ replSetInitiate: initialConfiguration(member) });
    else if (config["members"]?.[0]?.host !== member)
      await admin({ replSetReconfig: movedConfiguration(config, member), force: true });
    const isPrimary = async (): Promise<boolean> => (await admin({ hello: 1 }))["isWritablePrimary"] === true;
    if (!(await becomes(PRIMARY_WITHIN_MS, isPrimary)))
      throw new EventQLError("STACK_UNAVAILABLE", `mongod on ${member} didn't become the primary of ${replicaSet}`);
  } finally {
    await client.close();
  }
}

async function configuration(admin: (command: Document) => Promise<Document>): Promise<Document | undefined> {
  try {
    const { config }: Document = await admin({ replSetGetConfig: 1 });
    return config;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === NOT_YET_INITIALIZED) return undefined;
    throw error;
  }
}

/** The configuration of a new replica set of one. */
export function initialConfiguration(member: string): Document {
  return { _id: replicaSet, members: [{ _id: 0, host: member }] };
}

/** The next version of a configuration, with its one member at another address. */
export function movedConfiguration(config: Document, member: string): Document {
  const [only] = config["members"];
  return { ...config, version: config["version"] + 1, members: [{ ...only, host: member }] };
}
