import { setImmediate as nextTurn } from "node:timers/promises";
import type { EventQLError } from "../../errors.ts";
import { partitionId, type TopicPartition } from "../../model/position.ts";
import type { OwnerCommit, OwnerCommitResult, PartitionOwner, PlacedRecord, TakeOverOptions } from "../event-log.ts";
import { ended, fenced } from "../owner-failures.ts";
import type { LogFile, StoredRecord } from "./log-file.ts";
import type { OwnerEpoch } from "./owner-table.ts";
import { type Patience, whenFree } from "./when-free.ts";

/** What an owner needs. */
export interface StoredOwnerOptions {
  readonly file: LogFile;
  readonly of: TakeOverOptions;
  readonly owner: OwnerEpoch;
  readonly next: number | undefined;
  readonly patience: Patience;
  /** Checks a record. @throws EventQLError `EVENT_TOO_LARGE`, `TOPIC_NOT_FOUND`. */
  readonly place: (record: PlacedRecord) => StoredRecord;
  /** Told of each partition that was appended to. */
  readonly onAppended: (of: TopicPartition) => void;
}

/** An owner in a file: a commit is one SQLite transaction, and checks that nobody has taken over since. */
export class StoredOwner implements PartitionOwner {
  readonly next: number | undefined;
  readonly #options: StoredOwnerOptions;
  /** Why it can't commit any more. */
  #end: EventQLError | undefined;

  constructor(options: StoredOwnerOptions) {
    this.next = options.next;
    this.#options = options;
  }

  async commit({ records, next }: OwnerCommit): Promise<OwnerCommitResult> {
    if (this.#end !== undefined) throw this.#end;
    const { file, of, owner, place, onAppended } = this.#options;
    const stored = records.map((record) => place(record));
    // The work is synchronous: without a turn of the event loop, one who commits in a row would hold up all else.
    await nextTurn();
    const result = await this.#tried(() => file.commit(owner, stored, next));
    if (result === "fenced") throw (this.#end = fenced(of));
    if (result === "committed")
      for (const touched of new Map(records.map((record) => [partitionId(record), record])).values())
        onAppended({ topic: touched.topic, partition: touched.partition });
    return result;
  }

  async release(): Promise<void> {
    this.#end ??= ended(this.#options.of, "it was given up");
  }

  async #tried<T>(work: () => T): Promise<T> {
    const { of, patience } = this.#options;
    try {
      return await whenFree(work, patience);
    } catch (error) {
      this.#end = ended(of, error);
      throw this.#end;
    }
  }
}
