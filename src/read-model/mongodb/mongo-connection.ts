import { MongoClient } from "mongodb";
import { EventQLError } from "../../errors.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { appNameOf } from "./abandoned-transactions.ts";
import { toReadModelError } from "./mongo-error.ts";

/** Where MongoDB is. */
export interface MongoReadModelOptions {
  /** A connection string, which may hold credentials; it must lead to a replica set or a sharded cluster. */
  readonly url: string;
  readonly database: string;
  readonly logger: Logger;
  readonly timeouts?: MongoTimeouts;
}

/** All in ms. */
interface MongoTimeouts {
  /** How long a call waits for a server that can take it. Default 3,000. */
  readonly serverSelection?: number;
  /** How long a connection may be silent within a request before it is taken for broken. Default 15,000; 0: for ever. */
  readonly socket?: number;
}

/** The driver's own default is an ordinary object, in which it finds `constructor` and leaves such lists undecoded. */
const NO_FIELDS = { __proto__: null };

/** A client that connects with its first use, and tries again with the next where that fails. */
export class MongoConnection {
  readonly client: MongoClient;
  #state: "new" | "connected" | "closed" = "new";

  constructor(options: MongoReadModelOptions) {
    this.client = makeClient(options);
  }

  /** Resolves when the client is connected. */
  async connect(): Promise<void> {
    await this.use(async () => {});
  }

  /** Does something with the client; whatever fails is told as an error of the port. */
  async use<T>(work: () => Promise<T>): Promise<T> {
    try {
      if (this.#state !== "connected") await this.#connect();
      return await work();
    } catch (error) {
      throw toReadModelError(error);
    }
  }

  async close(): Promise<void> {
    this.#state = "closed";
    await this.client.close();
  }

  /** The driver connects by itself too, but only once: a client whose first attempt failed would stay useless. */
  async #connect(): Promise<void> {
    if (this.#state === "closed")
      throw new EventQLError("READ_MODEL_UNAVAILABLE", "The read model has been closed: the server is shutting down.");
    await this.client.connect();
    if (this.#state === "new") this.#state = "connected";
  }
}

/** Reads are of majority-committed states: no other survives a failover. */
function makeClient({ url, database, timeouts = {} }: MongoReadModelOptions): MongoClient {
  try {
    return new MongoClient(url, {
      appName: appNameOf(database),
      ignoreUndefined: true,
      promoteBuffers: true,
      useBigInt64: true,
      fieldsAsRaw: NO_FIELDS,
      readConcern: { level: "majority" },
      writeConcern: { w: "majority" },
      serverSelectionTimeoutMS: timeouts.serverSelection ?? 3_000,
      connectTimeoutMS: timeouts.serverSelection ?? 3_000,
      socketTimeoutMS: timeouts.socket ?? 15_000,
    });
  } catch {
    // The driver's message repeats the connection string, credentials included.
    throw new EventQLError(
      "CONFIG_INVALID",
      "MONGODB_URL isn't a MongoDB connection string: write mongodb://host:port/?replicaSet=name.",
    );
  }
}
