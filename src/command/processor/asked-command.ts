import type { Writer } from "../../catalog/codec.ts";
import type { CommandType } from "../../catalog/types.ts";
import type { CommandKind, CommandRejection, ExpectedVersion } from "../../model/command.ts";
import type { LogRecord } from "../../model/event.ts";
import type { Payload } from "../../model/value.ts";

/** An event's bytes, and what they say. */
export interface ReadEvent {
  readonly writer: Writer;
  readonly payload: Payload;
  /** In the Confluent wire format. */
  readonly value: Uint8Array;
}

/** An event of a transaction. */
export interface AskedEvent extends ReadEvent {
  readonly key: string;
  readonly ifVersion: ExpectedVersion | undefined;
}

/** What a command asks for; `refused`: it can't be read, whatever the state is. */
export type Asked =
  | {
      readonly kind: "command";
      readonly key: string;
      readonly commandType: CommandType;
      readonly payload: Payload;
      readonly ifVersion: ExpectedVersion | undefined;
    }
  | ({ readonly kind: "event" } & AskedEvent)
  | { readonly kind: "tombstone"; readonly key: string; readonly ifVersion: ExpectedVersion | undefined }
  | { readonly kind: "transaction"; readonly events: readonly AskedEvent[] }
  | { readonly kind: "invalidation"; readonly transaction: number; readonly reason: string }
  | { readonly kind: "refused"; readonly rejection: CommandRejection };

/** A command of the log, read. */
export interface AskedCommand {
  readonly record: LogRecord;
  readonly commandId: string;
  readonly kind: CommandKind;
  /** The full Avro name of the command's, or the event's, type; empty where there is none. */
  readonly type: string;
  /** The key that it was sent to. */
  readonly id: string | undefined;
  readonly asked: Asked;
}

/** The keys whose state a command needs. */
export function keysOf({ asked }: AskedCommand): readonly string[] {
  switch (asked.kind) {
    case "command":
    case "event":
    case "tombstone":
      return [asked.key];
    case "transaction":
      return asked.events.map(({ key }) => key);
    case "invalidation":
    case "refused":
      return [];
  }
}
