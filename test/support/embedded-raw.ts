import { DatabaseSync } from "node:sqlite";

/** A record as its bytes, for one partition. */
export interface RawRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
}

/** Writes records into the embedded log's file past the port, as no client of ours could: any key, any bytes. */
export function appendRaw(file: string, ...records: readonly RawRecord[]): void {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  db.exec("BEGIN IMMEDIATE");
  const topicId = db.prepare("SELECT id FROM log_topics WHERE name = ?");
  const advance = db.prepare(
    "UPDATE log_partitions SET next = next + 1 WHERE topic = ? AND partition = ? RETURNING next",
  );
  const insert = db.prepare("INSERT INTO log_records VALUES (?, ?, ?, ?, ?, ?, NULL)");
  for (const { topic, partition, key, value } of records) {
    const id = topicId.get(topic)?.["id"] ?? null;
    const offset = Number(advance.get(id, partition)?.["next"]) - 1;
    insert.run(id, partition, offset, Date.now(), key, value);
  }
  db.exec("COMMIT");
  db.close();
}
