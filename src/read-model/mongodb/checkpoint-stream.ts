import type { Db, MongoClient, Timestamp } from "mongodb";
import { messageOf } from "../../errors.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { CheckpointWatchers } from "../checkpoint-watchers.ts";
import {
  changesOf,
  type CheckpointChange,
  type CheckpointChanges,
  openCheckpointChanges,
} from "./checkpoint-changes.ts";
import { keepRunning } from "./keep-running.ts";

/** What the stream needs of its surroundings. */
export interface CheckpointStreamOptions {
  readonly client: MongoClient;
  readonly db: Db;
  readonly logger: Logger;
  /** Is told of the cluster time of everything, before the watchers are told. */
  readonly onClusterTime: (time: Timestamp) => void;
}

interface Running {
  readonly opened: Promise<CheckpointChanges>;
  readonly stop: () => Promise<void>;
}

/**
 * One change stream on the checkpoints for all watchers of the process. It begins with the first watcher, ends with
 * the last, and begins again by itself after an error; then all checkpoints are told, so that no move is missed.
 */
export class CheckpointStream {
  readonly #options: CheckpointStreamOptions;
  readonly #watchers: CheckpointWatchers;
  #running: Running | undefined;

  constructor(options: CheckpointStreamOptions) {
    this.#options = options;
    this.#watchers = new CheckpointWatchers(options.logger);
  }

  /** Resolves once moves are seen. */
  async watch(onMoved: (checkpoint: Checkpoint) => void): Promise<() => Promise<void>> {
    const remove = this.#watchers.add(onMoved);
    this.#running ??= this.#start();
    const end = async (): Promise<void> => {
      remove();
      if (this.#watchers.size === 0) await this.close();
    };
    try {
      await this.#running.opened;
    } catch (error) {
      await end();
      throw error;
    }
    return end;
  }

  async close(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop();
  }

  #start(): Running {
    const abort = new AbortController();
    const opened = this.#open();
    const ended = opened.then(
      async (changes) => this.#run(changes, abort.signal),
      () => {},
    );
    const stop = async (): Promise<void> => {
      abort.abort();
      await ended;
    };
    return { opened, stop };
  }

  async #open(): Promise<CheckpointChanges> {
    const changes = await openCheckpointChanges(this.#options.client, this.#options.db);
    if (changes.time !== undefined) this.#options.onClusterTime(changes.time);
    return changes;
  }

  async #run(first: CheckpointChanges, signal: AbortSignal): Promise<void> {
    let opened: CheckpointChanges | undefined = first;
    await keepRunning(
      async (alive) => {
        const changes = opened ?? (await this.#reopen());
        opened = undefined;
        alive();
        await this.#follow(changes, signal);
      },
      { signal, onError: (error) => this.#warn(error) },
    );
  }

  async #reopen(): Promise<CheckpointChanges> {
    const changes = await this.#open();
    for (const checkpoint of changes.checkpoints) this.#watchers.tell(checkpoint);
    return changes;
  }

  /** Tells what the stream tells until it breaks or is to stop. */
  async #follow(changes: CheckpointChanges, signal: AbortSignal): Promise<void> {
    const close = async (): Promise<void> => changes.stream.close().catch(() => {});
    signal.addEventListener("abort", () => void close(), { once: true });
    try {
      if (!signal.aborted) for await (const change of changesOf(changes)) this.#tell(change);
    } finally {
      await close();
    }
  }

  #tell({ checkpoint, time }: CheckpointChange): void {
    if (time !== undefined) this.#options.onClusterTime(time);
    this.#watchers.tell(checkpoint);
  }

  #warn(error: unknown): void {
    this.#options.logger.warn(
      { error: messageOf(error) },
      "The change stream of checkpoints broke; it is opened again.",
    );
  }
}
