import type { EventCodec } from "../catalog/codec.ts";
import { EventQLError } from "../errors.ts";
import type { ExpectedVersion } from "../model/command.ts";
import { TOMBSTONE_TYPE } from "./cloud-event-headers.ts";
import { type StoredTransactionEvent, encodeInvalidation, encodeTransaction } from "./command-record.ts";
import type { CommandRequest, TransactionCommand } from "./commands.ts";
import { checkedKey, newKey } from "./key.ts";

/** What a command is as a record on `<topic>.commands`, but for its headers. */
export interface CommandMessage {
  /** The aggregate's key that it is sent to; undefined: there is none. */
  readonly id: string | undefined;
  /** As the header `ce_type` has it. */
  readonly type: string;
  readonly value: Uint8Array | null;
  readonly ifVersion: ExpectedVersion | undefined;
}

/** The types of what has no schema. */
const TRANSACTION_TYPE = "eventql.transaction";
const INVALIDATION_TYPE = "eventql.invalidation";

/** The record of a command. @throws EventQLError `EVENT_INVALID`, `KEY_INVALID`. */
export function commandMessage(request: CommandRequest, codec: Pick<EventCodec, "encode">): CommandMessage {
  switch (request.kind) {
    case "command":
    case "event": {
      const { id = newKey(request.commandId), payload, ifVersion } = request;
      const type = request.kind === "command" ? request.commandType : request.eventType;
      return { id: checkedKey(id), type: type.fullName, value: codec.encode(type, payload), ifVersion };
    }
    case "tombstone":
      return { id: checkedKey(request.id), type: TOMBSTONE_TYPE, value: null, ifVersion: request.ifVersion };
    case "transaction": {
      const value = encodeTransaction(storedEvents(request, codec));
      return { id: undefined, type: TRANSACTION_TYPE, value, ifVersion: undefined };
    }
    case "invalidation": {
      const { transaction, reason } = request;
      const value = encodeInvalidation({ transaction, reason });
      return { id: undefined, type: INVALIDATION_TYPE, value, ifVersion: undefined };
    }
  }
}

function storedEvents(
  { events, aggregate }: TransactionCommand,
  codec: Pick<EventCodec, "encode">,
): readonly StoredTransactionEvent[] {
  if (events.length === 0)
    throw new EventQLError("EVENT_INVALID", `A transaction of ${aggregate.name} has no events: give it at least one.`);
  return events.map(({ eventType, id = newKey(undefined), payload, ifVersion }) => ({
    key: checkedKey(id),
    type: eventType.fullName,
    value: codec.encode(eventType, payload),
    ifVersion,
  }));
}
