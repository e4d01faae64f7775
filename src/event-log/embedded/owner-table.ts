import type { DatabaseSync, StatementSync } from "node:sqlite";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS log_owners (
  name TEXT NOT NULL,
  topic INTEGER NOT NULL,
  partition INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  next INTEGER,
  PRIMARY KEY (name, topic, partition)
) WITHOUT ROWID;
`;

/** One time that a partition of input was taken over. */
export interface OwnerEpoch {
  readonly name: string;
  /** The input topic's id. */
  readonly topic: number;
  readonly partition: number;
  /** How often the partition was taken over under this name. */
  readonly epoch: number;
}

/** Who owns which partition of input, and how far each has got. */
export class OwnerTable {
  readonly #takeOver: StatementSync;
  readonly #held: StatementSync;
  readonly #move: StatementSync;
  readonly #stored: StatementSync;

  constructor(db: DatabaseSync) {
    db.exec(SCHEMA);
    this.#takeOver = db.prepare(
      "INSERT INTO log_owners VALUES (?, ?, ?, 1, NULL) ON CONFLICT DO UPDATE SET epoch = epoch + 1 RETURNING epoch, next",
    );
    this.#held = db.prepare("SELECT 1 FROM log_owners WHERE name = ? AND topic = ? AND partition = ? AND epoch = ?");
    this.#move = db.prepare("UPDATE log_owners SET next = ? WHERE name = ? AND topic = ? AND partition = ?");
    this.#stored = db.prepare("SELECT partition, next FROM log_owners WHERE name = ? AND topic = ?");
  }

  /** Begins the next epoch. `next` is the input position that the last commit stored. */
  takeOver(name: string, topic: number, partition: number): { owner: OwnerEpoch; next: number | undefined } {
    const row = this.#takeOver.get(name, topic, partition);
    const next = row?.["next"];
    const owner = { name, topic, partition, epoch: Number(row?.["epoch"]) };
    return { owner, next: next == null ? undefined : Number(next) };
  }

  /** Whether nobody has taken over since. */
  holds({ name, topic, partition, epoch }: OwnerEpoch): boolean {
    return this.#held.get(name, topic, partition, epoch) !== undefined;
  }

  /** The input positions that were stored last, by partition. */
  stored(name: string, topic: number): ReadonlyMap<number, number | undefined> {
    const rows = this.#stored.all(name, topic);
    return new Map(rows.map(({ partition, next }) => [Number(partition), next == null ? undefined : Number(next)]));
  }

  /** Stores the input position. */
  move({ name, topic, partition }: OwnerEpoch, next: number): void {
    this.#move.run(next, name, topic, partition);
  }
}
