import type { ClientSession, Db, MongoClient, Timestamp } from "mongodb";
import { EventQLError } from "../../errors.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Value } from "../../model/value.ts";
import type {
  AggregateOptions,
  ChangeListener,
  ChangeWatch,
  CollectionSpec,
  Commit,
  CommitResult,
  DocumentChange,
  Explanation,
  Filter,
  FindOptions,
  KeepIndexesOptions,
  Read,
  ReadChangesOptions,
  ReadModel,
  Snapshot,
  Sort,
  StoredDocument,
} from "../read-model.ts";
import { positionTime } from "./change-position.ts";
import { readMongoChanges } from "./change-reader.ts";
import { ChangeUpstream } from "./change-upstream.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { CheckpointStream } from "./checkpoint-stream.ts";
import { checkpointCollection, openCheckpoint, toCheckpoint } from "./mongo-checkpoints.ts";
import { dropMongoCollections, ensureMongoCollections } from "./mongo-collections.ts";
import { commitBatch } from "./mongo-commit.ts";
import { MongoConnection, type MongoReadModelOptions } from "./mongo-connection.ts";
import { toChangeError } from "./mongo-error.ts";
import { explainRead } from "./mongo-explain.ts";
import { keepMongoIndexes } from "./mongo-indexes.ts";
import { aggregateDocuments, DEFAULT_TIMEOUT_MS, findDocuments, type ReadContext } from "./mongo-read.ts";
import { MongoScanLimit } from "./mongo-scan-limit.ts";
import { takeMongoSnapshot } from "./mongo-snapshot.ts";

/**
 * Makes the read model that MongoDB keeps. It connects with the first call.
 * @throws EventQLError `CONFIG_INVALID` for a connection string that isn't one.
 */
export function openMongoReadModel(options: MongoReadModelOptions): ReadModel {
  return new MongoReadModel(options);
}

class MongoReadModel implements ReadModel {
  readonly #options: MongoReadModelOptions;
  readonly #connection: MongoConnection;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #logger: Logger;
  readonly #stream: CheckpointStream;
  readonly #changes: ChangeUpstream;
  readonly #scanLimit: MongoScanLimit;
  /** The newest time that a checkpoint of which this process knows was committed at. */
  #newest: Timestamp | undefined;

  constructor(options: MongoReadModelOptions) {
    this.#options = options;
    this.#connection = new MongoConnection(options);
    this.#client = this.#connection.client;
    this.#db = this.#client.db(options.database);
    this.#logger = options.logger;
    this.#stream = new CheckpointStream({
      client: this.#client,
      db: this.#db,
      logger: options.logger,
      onClusterTime: (time) => this.#heard(time),
    });
    this.#changes = new ChangeUpstream({ db: this.#db, logger: options.logger });
    this.#scanLimit = new MongoScanLimit(this.#db);
  }

  async ensureCollections(collections: readonly CollectionSpec[]): Promise<void> {
    await this.#connection.use(async () => ensureMongoCollections(this.#db, collections));
  }

  async dropCollections(names: readonly string[]): Promise<void> {
    await this.#connection.use(async () => dropMongoCollections(this.#db, names));
  }

  async removeDocuments(collection: string, filter: Filter): Promise<void> {
    await this.#connection.use(async () => this.#db.collection(collection).deleteMany(filter));
  }

  async find(collection: string, options: FindOptions): Promise<readonly StoredDocument[]> {
    return this.#read(options.causal, async (context) => {
      await this.#limit(collection, { find: options }, options);
      return findDocuments(context, collection, options);
    });
  }

  async aggregate(
    collection: string,
    pipeline: readonly Filter[],
    options: AggregateOptions = {},
  ): Promise<readonly Readonly<Record<string, Value | undefined>>[]> {
    return this.#read(options.causal, async (context) => {
      await this.#limit(collection, { pipeline }, options);
      return aggregateDocuments(context, collection, pipeline, options.timeoutMs);
    });
  }

  async explain(collection: string, read: Read): Promise<Explanation> {
    return this.#connection.use(async () => explainRead(this.#db, collection, read));
  }

  async keepIndexes(
    collection: string,
    wanted: readonly Sort[],
    { signal, onStep }: KeepIndexesOptions,
  ): Promise<void> {
    // A build answers when it is done: no silence is too long.
    const patient = new MongoConnection({ ...this.#options, timeouts: { ...this.#options.timeouts, socket: 0 } });
    const close = (): void => void patient.close();
    signal.addEventListener("abort", close);
    try {
      const db = patient.client.db(this.#options.database);
      await patient.use(async () => keepMongoIndexes(db, collection, wanted, onStep));
    } finally {
      signal.removeEventListener("abort", close);
      await patient.close();
    }
  }

  async checkpoints(projection: string, topic?: string): Promise<readonly Checkpoint[]> {
    const filter = topic === undefined ? { projection } : { projection, topic };
    return this.#connection.use(async () => {
      const session = this.#client.startSession({ causalConsistency: true });
      try {
        const found = await checkpointCollection(this.#db).find(filter, { session }).map(toCheckpoint).toArray();
        // Who knows of a checkpoint sees its documents, whichever member of the replica set is read.
        if (session.operationTime !== undefined) this.#heard(session.operationTime);
        return found;
      } finally {
        await session.endSession();
      }
    });
  }

  async openCheckpoint(checkpoint: Checkpoint): Promise<Checkpoint> {
    return this.#connection.use(async () => openCheckpoint(checkpointCollection(this.#db), checkpoint));
  }

  async removeCheckpoints(projection: string, topic?: string): Promise<void> {
    const filter = topic === undefined ? { projection } : { projection, topic };
    await this.#connection.use(async () => checkpointCollection(this.#db).deleteMany(filter));
  }

  async commit(commit: Commit): Promise<CommitResult> {
    return this.#connection.use(async () => commitBatch(this.#client, this.#db, commit, this.#logger));
  }

  async watchCheckpoints(onMoved: (checkpoint: Checkpoint) => void): Promise<() => Promise<void>> {
    return this.#connection.use(async () => this.#stream.watch(onMoved));
  }

  async watchChanges(listener: ChangeListener): Promise<ChangeWatch> {
    return this.#connection.use(async () => this.#changes.watch(listener));
  }

  async *readChanges(options: ReadChangesOptions): AsyncGenerator<DocumentChange, void> {
    await this.#connection.connect();
    try {
      yield* readMongoChanges(this.#client, this.#db, options);
    } catch (error) {
      throw toChangeError(error);
    }
  }

  async snapshot(
    collection: string,
    { filter, signal }: Pick<FindOptions, "filter"> & { readonly signal: AbortSignal },
  ): Promise<Snapshot> {
    const told = this.#changes.position;
    const notBefore = told === "" ? undefined : positionTime(told);
    const [client, db] = [this.#client, this.#db];
    return this.#connection.use(async () => takeMongoSnapshot({ client, db, collection, filter, notBefore, signal }));
  }

  async ping(): Promise<void> {
    await this.#connection.use(async () => requireTransactions(this.#db));
  }

  async close(): Promise<void> {
    await Promise.all([this.#stream.close(), this.#changes.close()]);
    await this.#connection.close();
  }

  #heard(time: Timestamp): void {
    if (this.#newest === undefined || time.greaterThan(this.#newest)) this.#newest = time;
  }

  async #limit(collection: string, read: Read, { maxExamined, timeoutMs }: AggregateOptions): Promise<void> {
    if (maxExamined === undefined) return;
    await this.#scanLimit.check(collection, read, { maxExamined, timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS });
  }

  async #read<T>(causal: boolean | undefined, read: (context: ReadContext) => Promise<T>): Promise<T> {
    if (causal !== true || this.#newest === undefined)
      return this.#connection.use(async () => read({ db: this.#db, session: undefined }));
    const session = this.#causalSession(this.#newest);
    try {
      return await this.#connection.use(async () => read({ db: this.#db, session }));
    } finally {
      await session.endSession();
    }
  }

  /** A session whose reads see at least what was committed at that time, on whichever server. */
  #causalSession(time: Timestamp): ClientSession {
    const session = this.#client.startSession({ causalConsistency: true });
    session.advanceOperationTime(time);
    return session;
  }
}

async function requireTransactions(db: Db): Promise<void> {
  const { setName, msg } = await db.admin().command({ hello: 1 }, { readPreference: "primary" });
  if (setName === undefined && msg !== "isdbgrid")
    throw new EventQLError(
      "READ_MODEL_UNAVAILABLE",
      "The MongoDB server is no member of a replica set, so it has no transactions: start it with --replSet.",
    );
}
