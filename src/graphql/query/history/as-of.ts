import { GraphQLInputObjectType } from "graphql";
import { EventQLError } from "../../../errors.ts";
import type { Moment } from "../../../history/history.ts";
import { DateTimeScalar, LongScalar } from "../../types/scalars.ts";

/** A moment as an argument has it. */
export interface AsOf {
  readonly offset?: bigint;
  /** In µs since 1970-01-01 UTC. */
  readonly timestamp?: bigint;
}

/** The input that names a moment. */
export const asOfType: GraphQLInputObjectType = new GraphQLInputObjectType({
  name: "AsOf",
  description: "A moment in the history of one key.",
  isOneOf: true,
  fields: {
    offset: {
      type: LongScalar,
      description:
        "Behind the event of this offset in the key's partition: a document's `version`, an event's `offset`.",
    },
    timestamp: {
      type: DateTimeScalar,
      description: "At this time: behind the last of the key's events, by offset, whose timestamp is not later.",
    },
  },
});

/** The moment that an argument names. @throws EventQLError `BAD_USER_INPUT` for a negative offset. */
export function momentOf({ offset, timestamp = 0n }: AsOf): Moment {
  if (offset === undefined) return { timestamp: Number((timestamp - modulo(timestamp, 1_000n)) / 1_000n) };
  if (offset < 0n) throw new EventQLError("BAD_USER_INPUT", `asOf.offset is ${offset}: offsets begin at 0.`);
  return { offset: Number(offset) };
}

function modulo(value: bigint, by: bigint): bigint {
  return ((value % by) + by) % by;
}
