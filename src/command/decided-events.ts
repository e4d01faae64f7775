import type { EventCodec } from "../catalog/codec.ts";
import type { Aggregate, EventType } from "../catalog/types.ts";
import { EventQLError, messageOf } from "../errors.ts";
import type { NewEvent } from "../model/decider.ts";

/** An event that a rule decided on, as it is appended. */
export interface DecidedEvent {
  readonly eventType: EventType;
  /** In the Confluent wire format. */
  readonly value: Uint8Array;
}

/**
 * Finds the types of a rule's events, and encodes them.
 * @throws EventQLError `RULE_FAILED` naming an event that the aggregate doesn't have, or the fields that don't fit.
 */
export function encodeDecided(
  codec: Pick<EventCodec, "encode">,
  { name, eventTypes }: Pick<Aggregate, "name" | "eventTypes">,
  events: readonly NewEvent[],
): readonly DecidedEvent[] {
  return events.map(({ type, payload }) => {
    const eventType = eventTypes.find((each) => each.name === type);
    if (eventType === undefined) {
      const known = eventTypes.map((each) => each.name).join(", ");
      throw new EventQLError(
        "RULE_FAILED",
        `A rule of ${name} decided on ${type}, which is no event of its: ${known}.`,
      );
    }
    try {
      return { eventType, value: codec.encode(eventType, payload) };
    } catch (cause) {
      throw new EventQLError(
        "RULE_FAILED",
        `A rule of ${name} decided on an event that is wrong: ${messageOf(cause)}`,
        {
          cause,
        },
      );
    }
  });
}
