import { type Checkpoint, checkpointId } from "../../model/checkpoint.ts";
import type { StoredDocument } from "../read-model.ts";

/** What is read of the data file. */
export interface WatchedFile {
  /** Changes when another connection has written to the file, whatever it wrote. */
  version(): number;
  allCheckpoints(): readonly Checkpoint[];
  documentsOf(collection: string): readonly StoredDocument[];
}

/** What is told of it. */
export interface OtherWritersOptions {
  readonly file: WatchedFile;
  /** A collection that others write to is as follows by now. */
  readonly reload: (collection: string, documents: readonly StoredDocument[]) => void;
  readonly onMoved: (checkpoint: Checkpoint) => void;
}

/** How often, in ms, it is looked for checkpoints that other processes moved, while anybody wants to be told. */
const LOOK_MS = 100;

/** No version of a file. */
const NEVER = -1;

/** Sees what other processes write to the data file: to collections that they share, and the checkpoints that they move. */
export class OtherWriters {
  readonly #options: OtherWritersOptions;
  /** By shared collection, the version of the file that it was read at. */
  readonly #read = new Map<string, number>();
  /** By their ids, where checkpoints stood when they were told last. */
  #told = new Map<string, number>();
  #looked = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OtherWritersOptions) {
    this.#options = options;
  }

  /** Others may write to the collection from now on. */
  share(collection: string): void {
    if (!this.#read.has(collection)) this.#read.set(collection, NEVER);
  }

  /** To be called before a collection is read. */
  sync(collection: string): void {
    const read = this.#read.get(collection);
    if (read === undefined) return;
    const { file, reload } = this.#options;
    const version = file.version();
    if (version === read) return;
    reload(collection, file.documentsOf(collection));
    this.#read.set(collection, version);
  }

  /** Begins to look for moved checkpoints, unless it does. */
  watch(): void {
    if (this.#timer !== undefined) return;
    this.#looked = this.#options.file.version();
    this.#told = new Map(this.#options.file.allCheckpoints().map((each) => [checkpointId(each), each.next]));
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  /** This process moved it itself. */
  moved(checkpoint: Checkpoint): void {
    if (this.#timer !== undefined) this.#told.set(checkpointId(checkpoint), checkpoint.next);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { file, onMoved } = this.#options;
    const version = file.version();
    if (version === this.#looked) return;
    this.#looked = version;
    for (const checkpoint of file.allCheckpoints()) {
      const id = checkpointId(checkpoint);
      if (this.#told.get(id) === checkpoint.next) continue;
      this.#told.set(id, checkpoint.next);
      onMoved(checkpoint);
    }
  }
}
