import type { EventContext } from "./event-context.ts";
import { HEADER, type Headers, type LogRecord } from "./event.ts";
import { type Position, positionId } from "./position.ts";

/** The header of a record that EventQL keyed anew: where it was first appended, as `topic/partition/offset`. */
export const ORIGIN = "eventql_origin";

/** The header of a record that EventQL keyed anew: the key that it was appended with. */
export const ORIGIN_KEY = "eventql_origin_key";

/** The header of a record that EventQL keyed anew: the time of the first record, in ms since 1970-01-01 UTC. */
const ORIGIN_TIME = "eventql_origin_time";

/** What the names of intermediate topics begin with: EventQL alone makes them, and writes to them. */
const INTERMEDIATE = "eventql.";

/** Whether a topic is one that EventQL copies records to under keys of its own. */
export function isIntermediate(topic: string): boolean {
  return topic.startsWith(INTERMEDIATE);
}

/** The name of the intermediate topic of a projection; `hash` tells apart what decides which keys its records have. */
export function intermediateTopic(projection: string, hash: string): string {
  const kebab = projection.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
  return `${INTERMEDIATE}${kebab}.${hash}`;
}

/** The headers of a record's copy under another key: its own, and where it comes from. */
export function copiedHeaders(record: Pick<LogRecord, "headers" | "timestamp"> & Position, key: string): Headers {
  const { headers, timestamp } = record;
  return { ...headers, [ORIGIN]: positionId(record), [ORIGIN_KEY]: key, [ORIGIN_TIME]: String(timestamp) };
}

const OF_COPIES: ReadonlySet<string> = new Set([ORIGIN, ORIGIN_KEY, ORIGIN_TIME]);

/** The headers that a copied record had at first. */
function headersBefore(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_COPIES.has(name)));
}

/** Where and when a record was first appended, and under which key. */
export interface Origin extends Position {
  readonly key: string;
  /** In ms since 1970-01-01 UTC. */
  readonly timestamp: number;
}

/** Where a copy was first appended; undefined of a record that is none. */
export function originOf({ topic: at, headers, timestamp }: Omit<LogRecord, "key" | "value">): Origin | undefined {
  if (!isIntermediate(at)) return undefined;
  const { [ORIGIN]: text = "", [ORIGIN_KEY]: key, [ORIGIN_TIME]: time = String(timestamp) } = headers;
  const [, topic, partition, offset] = /^(.+)\/(\d+)\/(\d+)$/.exec(text) ?? [];
  if (topic === undefined || key === undefined || !/^-?\d+$/.test(time)) return undefined;
  return { topic, partition: Number(partition), offset: Number(offset), key, timestamp: Number(time) };
}

/** What rules may know of an event besides what it says: of a copy, what they would know of the first one. */
export function contextOf(record: Omit<LogRecord, "key" | "value">, key: string): EventContext {
  const origin = originOf(record);
  const { topic, partition, offset, timestamp } = origin ?? record;
  const headers = Object.freeze(origin === undefined ? record.headers : headersBefore(record.headers));
  const id = headers[HEADER.id] ?? positionId({ topic, partition, offset });
  return { id, topic, partition, offset, key: origin?.key ?? key, time: timeOf(headers, timestamp), headers };
}

/** The greatest distance of a date from 1970, in ms. */
const LAST_DATE = 8_640_000_000_000_000;

/** Producers write what they like: of a time beyond all dates, the date that is nearest. */
function timeOf(headers: Headers, timestamp: number): Date {
  const said = new Date(headers[HEADER.time] ?? Number.NaN);
  const nearest = Math.min(LAST_DATE, Math.max(-LAST_DATE, timestamp));
  return Number.isNaN(said.getTime()) ? new Date(nearest) : said;
}
