import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { z } from "zod";
import { type Checkpoint, checkpointId } from "../../model/checkpoint.ts";

const TABLE = `
  CREATE TABLE IF NOT EXISTS model_checkpoints (
    id TEXT PRIMARY KEY, projection TEXT NOT NULL, topic TEXT NOT NULL, "partition" INTEGER NOT NULL,
    next INTEGER NOT NULL, generation INTEGER NOT NULL, partitions INTEGER NOT NULL,
    newest TEXT, unnamed INTEGER, log TEXT
  ) STRICT;
`;

const storedCheckpoint = z.object({
  projection: z.string(),
  topic: z.string(),
  partition: z.number(),
  next: z.number(),
  generation: z.number(),
  partitions: z.number(),
  newest: z.string().nullable(),
  unnamed: z.number().nullable(),
  log: z.string().nullable(),
});

/** The checkpoints in the data file. Each call is one statement; a transaction around it is the caller's. */
export class CheckpointTable {
  readonly #move: StatementSync;
  readonly #open: StatementSync;
  readonly #listed: StatementSync;
  readonly #all: StatementSync;
  readonly #one: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync) {
    db.exec(TABLE);
    this.#move = db.prepare(
      `UPDATE model_checkpoints SET next = ?, generation = ?, partitions = ?, newest = ?, unnamed = ?, log = ?
       WHERE id = ? AND next = ? AND generation <= ?`,
    );
    this.#open = db.prepare("INSERT OR IGNORE INTO model_checkpoints VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#listed = db.prepare("SELECT * FROM model_checkpoints WHERE projection = ? AND topic = ifnull(?, topic)");
    this.#all = db.prepare("SELECT * FROM model_checkpoints");
    this.#one = db.prepare("SELECT * FROM model_checkpoints WHERE id = ?");
    this.#remove = db.prepare("DELETE FROM model_checkpoints WHERE projection = ? AND topic = ifnull(?, topic)");
  }

  /** A projection's, of all topics or of one. */
  list(projection: string, topic?: string): readonly Checkpoint[] {
    return this.#listed.all(projection, topic ?? null).map(toCheckpoint);
  }

  /** Those of all projections. */
  all(): readonly Checkpoint[] {
    return this.#all.all().map(toCheckpoint);
  }

  /** Stores the checkpoint if there is none of its identifier; returns the stored one. */
  open(checkpoint: Checkpoint): Checkpoint {
    const { projection, topic, partition, next } = checkpoint;
    const id = checkpointId(checkpoint);
    this.#open.run(id, projection, topic, partition, next, ...changingOf(checkpoint));
    const row = this.#one.get(id);
    return row === undefined ? checkpoint : toCheckpoint(row);
  }

  /** Removes a projection's, of all topics or of one. */
  remove(projection: string, topic?: string): void {
    this.#remove.run(projection, topic ?? null);
  }

  /** False: it stands elsewhere than at `from`, or is of a newer generation. */
  move(checkpoint: Checkpoint, from: number): boolean {
    const { next, generation } = checkpoint;
    const moved = this.#move.run(next, ...changingOf(checkpoint), checkpointId(checkpoint), from, generation);
    return moved.changes === 1;
  }
}

function changingOf({
  generation,
  partitions,
  newest,
  unnamed,
  log,
}: Checkpoint): [number, number, string | null, number | null, string | null] {
  return [generation, partitions, newest ?? null, unnamed ?? null, log ?? null];
}

function toCheckpoint(row: Record<string, SQLOutputValue>): Checkpoint {
  const { newest, unnamed, log, ...checkpoint } = storedCheckpoint.parse(row);
  return {
    ...checkpoint,
    ...(newest !== null && { newest }),
    ...(unnamed !== null && { unnamed }),
    ...(log !== null && { log }),
  };
}
