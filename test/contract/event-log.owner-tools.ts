import type { EventLog, PlacedRecord } from "../../src/event-log/event-log.ts";
import type { LogRecord } from "../../src/model/event.ts";

/** How long a test waits for what was committed to be readable, in ms. */
export const PATIENCE = { timeout: 15_000, interval: 5 } as const;

/** A record for a partition, whose value is a text. */
export function placed(topic: string, partition: number, value: string, offset?: number): PlacedRecord {
  const record = { topic, partition, key: `key of ${value}`, value: Buffer.from(value), headers: {} };
  return offset === undefined ? record : { ...record, offset };
}

/** Everything that a partition has. */
export async function recordsOf(log: EventLog, topic: string, partition = 0): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  for (let from = 0, complete = false; !complete;) {
    const page = await log.readRange({ topic, partition, from });
    records.push(...page.records);
    ({ next: from, complete } = page);
  }
  return records;
}

/** The values of a partition, as text. */
export async function valuesOf(log: EventLog, topic: string, partition = 0): Promise<string[]> {
  const records = await recordsOf(log, topic, partition);
  return records.map(({ value }) => (value === null ? "-" : Buffer.from(value).toString()));
}
