import { z } from "zod";
import { EventQLError } from "../errors.ts";
import type { CommandKind, ExpectedVersion } from "../model/command.ts";
import { HEADER, type LogRecord } from "../model/event.ts";
import { jsonOf } from "./json-value.ts";

/** An event of a transaction, as its command has it. */
export interface StoredTransactionEvent {
  readonly key: string;
  /** The full Avro name of its type. */
  readonly type: string;
  /** In the Confluent wire format. */
  readonly value: Uint8Array;
  readonly ifVersion: ExpectedVersion | undefined;
}

/** What an invalidation asks for. */
export interface StoredInvalidation {
  readonly transaction: number;
  readonly reason: string;
}

const expectedVersion = z.union([z.int().min(0), z.enum(["NO_STREAM", "EXISTS"])]);

const transaction = z.object({
  events: z
    .array(z.object({ key: z.string(), type: z.string(), value: z.base64(), ifVersion: expectedVersion.optional() }))
    .min(1),
});

const invalidation = z.object({ transaction: z.int().min(0), reason: z.string() });

const kinds: ReadonlySet<string> = new Set<CommandKind>([
  "command",
  "event",
  "tombstone",
  "transaction",
  "invalidation",
]);

/** The value of a transaction's command: JSON, for it holds records of any schemas. */
export function encodeTransaction(events: readonly StoredTransactionEvent[]): Uint8Array {
  const shown = events.map(({ value, ...event }) => ({ ...event, value: Buffer.from(value).toString("base64") }));
  return Buffer.from(JSON.stringify({ events: shown }));
}

/** Reads back what {@link encodeTransaction} wrote. @throws EventQLError `EVENT_INVALID`. */
export function decodeTransaction(value: Uint8Array | null): readonly StoredTransactionEvent[] {
  return parse(transaction, value).events.map(({ key, type, value: text, ifVersion }) => ({
    key,
    type,
    value: Buffer.from(text, "base64"),
    ifVersion,
  }));
}

/** The value of an invalidation's command: JSON. */
export function encodeInvalidation(asked: StoredInvalidation): Uint8Array {
  return Buffer.from(JSON.stringify(asked));
}

/** Reads back what {@link encodeInvalidation} wrote. @throws EventQLError `EVENT_INVALID`. */
export function decodeInvalidation(value: Uint8Array | null): StoredInvalidation {
  return parse(invalidation, value);
}

/** What a record on a topic of commands asks for; undefined: EventQL didn't write it. */
export function kindOf({ headers }: Pick<LogRecord, "headers">): CommandKind | undefined {
  const kind = headers[HEADER.kind];
  return isKind(kind) ? kind : undefined;
}

/** The header of an expected version. */
export function expectedVersionText(expected: ExpectedVersion): string {
  return String(expected);
}

/** Reads a record's expected version; undefined: any. @throws EventQLError `EVENT_INVALID` where it is none. */
export function expectedVersionOf({ headers }: Pick<LogRecord, "headers">): ExpectedVersion | undefined {
  const text = headers[HEADER.ifVersion];
  if (text === undefined) return undefined;
  const parsed = expectedVersion.safeParse(/^\d+$/.test(text) ? Number(text) : text);
  if (parsed.success) return parsed.data;
  throw invalid(`the header ${HEADER.ifVersion} is ${JSON.stringify(text)}`);
}

function isKind(kind: string | undefined): kind is CommandKind {
  return kind !== undefined && kinds.has(kind);
}

function parse<T>(shape: z.ZodType<T>, value: Uint8Array | null): T {
  const parsed = shape.safeParse(jsonOf(value));
  if (parsed.success) return parsed.data;
  throw invalid(z.prettifyError(parsed.error));
}

function invalid(what: string): EventQLError {
  return new EventQLError("EVENT_INVALID", `The command is not as EventQL writes it: ${what}.`);
}
