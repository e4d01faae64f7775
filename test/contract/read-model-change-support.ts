import { vi } from "vitest";
import type { EventQLError } from "../../src/errors.ts";
import type { Checkpoint } from "../../src/model/checkpoint.ts";
import type {
  ChangeWatch,
  CollectionWrites,
  DocumentChange,
  ReadModel,
  ReadChangesOptions,
  StoredDocument,
} from "../../src/read-model/read-model.ts";
import { newCheckpoint, nextCommit, writesTo } from "./read-model-support.ts";

/** A watch and what it told of one collection. */
export interface Followed extends ChangeWatch {
  readonly changes: DocumentChange[];
  readonly lost: EventQLError[];
  /** Resolves when so many changes were told. */
  count(changes: number): Promise<readonly DocumentChange[]>;
}

/** Watches, and keeps what is told of a collection. */
export async function follow(model: ReadModel, collection: string): Promise<Followed> {
  const changes: DocumentChange[] = [];
  const lost: EventQLError[] = [];
  const watch = await model.watchChanges({
    changed: (change) => void (change.collection === collection && changes.push(change)),
    lost: (error) => void lost.push(error),
  });
  const count = async (expected: number): Promise<readonly DocumentChange[]> =>
    vi.waitFor(
      () => {
        if (changes.length < expected) throw new TypeError(`told of ${changes.length} of ${expected} changes`);
        return changes;
      },
      { timeout: 15_000, interval: 5 },
    );
  return { position: () => watch.position(), stop: async () => watch.stop(), changes, lost, count };
}

/** A projection that commits batches to a collection, one after the other. */
export class Writer {
  readonly #model: ReadModel;
  readonly #collection: string;
  #checkpoint: Checkpoint | undefined;

  constructor(model: ReadModel, collection: string) {
    this.#model = model;
    this.#collection = collection;
  }

  async commit(...writes: readonly Partial<CollectionWrites>[]): Promise<void> {
    const checkpoint = (this.#checkpoint ??= await this.#model.openCheckpoint(newCheckpoint()));
    const commit = nextCommit(checkpoint, ...writes.map((write) => writesTo(this.#collection, write)));
    const { status } = await this.#model.commit(commit);
    if (status !== "committed") throw new TypeError(`the writes are not committed: ${status}`);
    this.#checkpoint = commit.checkpoint;
  }
}

/** All that something gives. */
export async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** All changes in a range. */
export async function readAll(
  model: ReadModel,
  range: Omit<ReadChangesOptions, "signal">,
): Promise<readonly DocumentChange[]> {
  return allOf(model.readChanges({ ...range, signal: new AbortController().signal }));
}

/** The documents of a snapshot, and where it stands. */
export async function snapshotOf(
  model: ReadModel,
  collection: string,
): Promise<{ readonly position: string; readonly documents: readonly StoredDocument[] }> {
  const snapshot = await model.snapshot(collection, { filter: {}, signal: new AbortController().signal });
  return { position: snapshot.position, documents: await allOf(snapshot.documents) };
}

/** The keys that changed. */
export function idsOf(changes: readonly DocumentChange[] | undefined): readonly string[] | undefined {
  return changes?.map(({ id }) => id);
}

/** What a change did, without where it stands. */
export function effectOf({
  operation,
  id,
  document,
  previous,
}: DocumentChange): Pick<DocumentChange, "operation" | "id" | "document" | "previous"> {
  return { operation, id, document, previous };
}
