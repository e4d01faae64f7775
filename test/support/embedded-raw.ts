import { DatabaseSync } from "node:sqlite";

/** A record as its bytes, for one partition. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Writes a record into the embedded log's file past the port, as no client of ours could: any key, any bytes. */
export function appendRaw(file: string, { topic, partition, key, value }: RawRecord): void {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec("BEGIN IMMEDIATE");
  const id = db.prepare("SELECT id FROM log_topics WHERE name = ?").get(topic)?.["id"] ?? null;
  const advance = db.prepare(
    "UPDATE log_partitions SET next = next + 1 WHERE topic = ? AND partition = ? RETURNING next",
  );
  const offset = Number(advance.get(id, partition)?.["next"]) - 1;
  const insert = db.prepare("INSERT INTO log_records VALUES (?, ?, ?, ?, ?, ?, NULL)");
  insert.run(id, partition, offset, Date.now(), key, value);
  db.exec("COMMIT");
  db.close();
}
