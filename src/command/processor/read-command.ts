import { isUtf8 } from "node:buffer";
import type { CommandCodec, DecodeFailure } from "../../catalog/codec.ts";
import { messageOf } from "../../errors.ts";
import type { CommandKind } from "../../model/command.ts";
import { HEADER, type LogRecord } from "../../model/event.ts";
import { positionId } from "../../model/position.ts";
import { decodeInvalidation, decodeTransaction, expectedVersionOf, kindOf } from "../command-record.ts";
import type { Asked, AskedCommand, ReadEvent } from "./asked-command.ts";

/** Of what an outcome repeats: EventQL sends nothing longer, and an outcome that no log takes would end nobody's wait. */
const MAX_BYTES = 1_024;

/** What reading commands needs. */
export interface CommandReader {
  readonly codec: Pick<CommandCodec, "decode" | "decodeCommand">;
  /** Of the events. */
  readonly topic: string;
}

/** Commands in their order, and the schemas that may have to be fetched before all of them are known. */
export interface ReadCommands {
  readonly commands: readonly AskedCommand[];
  /** Not empty: read again after `EventCodec.prepare` of each. */
  readonly unprepared: ReadonlySet<number>;
  /** Schemas, of commands that were refused, that a newer catalog might read; 0: one that isn't known. */
  readonly doubtful: ReadonlySet<number>;
}

/** Reads the records of a topic of commands. Never throws: what can't be read is a command that is refused. */
export function readCommands(reader: CommandReader, records: readonly LogRecord[]): ReadCommands {
  const reading = new Reading(reader);
  const commands = records.map((record) => reading.read(record));
  return { commands, unprepared: reading.unprepared, doubtful: reading.doubtful };
}

class Reading {
  readonly unprepared = new Set<number>();
  readonly doubtful = new Set<number>();
  readonly #codec: CommandReader["codec"];
  readonly #topic: string;

  constructor({ codec, topic }: CommandReader) {
    this.#codec = codec;
    this.#topic = topic;
  }

  read(record: LogRecord): AskedCommand {
    const kind = kindOf(record);
    const given = record.headers[HEADER.id] ?? "";
    const commandId = given === "" || isTooLong(given) ? positionId(record) : given;
    const asked = isTooLong(given) ? refused("The command's id is too long.") : this.#asked(kind, record);
    const id = kind === "transaction" || kind === "invalidation" ? undefined : keyOf(record);
    return { record, commandId, kind: kind ?? "command", type: typeOf(kind, asked, record), id, asked };
  }

  #asked(kind: CommandKind | undefined, record: LogRecord): Asked {
    try {
      return this.#read(kind, record);
    } catch (error) {
      return refused(messageOf(error));
    }
  }

  /** @throws EventQLError `EVENT_INVALID`. */
  #read(kind: CommandKind | undefined, record: LogRecord): Asked {
    const { value } = record;
    if (kind === undefined) return refused(`The record has no header ${HEADER.kind} that says what it asks for.`);
    if (kind === "transaction") return this.#transaction(value);
    if (kind === "invalidation") return { kind, ...decodeInvalidation(value) };
    const key = keyOf(record);
    if (key === undefined) return refused("The command's key is too long, or not UTF-8 text: send it by EventQL.");
    const ifVersion = expectedVersionOf(record);
    if (kind === "tombstone") return { kind, key, ifVersion };
    if (value === null) return refused("The command has no value.");
    if (kind === "command") {
      const decoded = this.#codec.decodeCommand(this.#topic, value);
      if (decoded.status !== "decoded") return this.#undecoded(decoded);
      return { kind, key, ifVersion, commandType: decoded.commandType, payload: decoded.payload };
    }
    const event = this.#event(value);
    return "kind" in event ? event : { kind, key, ifVersion, ...event };
  }

  #transaction(value: Uint8Array | null): Asked {
    const events = [];
    for (const { key, ifVersion, value: bytes } of decodeTransaction(value)) {
      const event = this.#event(bytes);
      if ("kind" in event) return event;
      events.push({ key, ifVersion, ...event });
    }
    return { kind: "transaction", events };
  }

  #event(value: Uint8Array): ReadEvent | Extract<Asked, { readonly kind: "refused" }> {
    const decoded = this.#codec.decode(this.#topic, value);
    if (decoded.status !== "decoded") return this.#undecoded(decoded);
    return { writer: decoded.writer, payload: decoded.payload, value };
  }

  #undecoded(failure: DecodeFailure): Extract<Asked, { readonly kind: "refused" }> {
    if (failure.status === "unprepared") {
      this.unprepared.add(failure.schemaId);
      return refused(`Schema ${failure.schemaId} is not at hand.`);
    }
    if (failure.code !== "NOT_AVRO") this.doubtful.add(failure.schemaId ?? 0);
    return refused(failure.reason);
  }
}

function refused(message: string): Extract<Asked, { readonly kind: "refused" }> {
  return { kind: "refused", rejection: { code: "EVENT_INVALID", message } };
}

function keyOf({ key }: LogRecord): string | undefined {
  return key !== null && key.length <= MAX_BYTES && isUtf8(key)
    ? Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString()
    : undefined;
}

function typeOf(kind: CommandKind | undefined, asked: Asked, { headers }: LogRecord): string {
  if (asked.kind === "command") return asked.commandType.fullName;
  if (asked.kind === "event") return asked.writer.eventType.fullName;
  const said = headers[HEADER.type] ?? "";
  return (kind === "command" || kind === "event") && !isTooLong(said) ? said : "";
}

function isTooLong(text: string): boolean {
  return Buffer.byteLength(text) > MAX_BYTES;
}
