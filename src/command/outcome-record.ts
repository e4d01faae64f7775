import { z } from "zod";
import type { Outcome } from "../model/command.ts";
import type { LogRecord } from "../model/event.ts";
import { jsonOf } from "./json-value.ts";

const offset = z.int().min(0);
const position = z.object({ topic: z.string(), partition: offset, offset });

const outcome = z.object({
  commandId: z.string(),
  kind: z.enum(["command", "event", "tombstone", "transaction", "invalidation"]),
  type: z.string(),
  topic: z.string(),
  id: z.string().optional(),
  command: position,
  status: z.enum(["DECIDED", "REJECTED"]),
  rejection: z
    .object({ code: z.string(), message: z.string(), currentVersion: offset.nullable().optional() })
    .optional(),
  events: z.array(
    z.object({
      id: z.string(),
      type: z.string(),
      partition: offset,
      offset,
      dropped: z.literal(true).optional(),
    }),
  ),
  version: offset.optional(),
  transaction: offset.optional(),
  decidedAt: z.int(),
});

/** The value of a record on a topic of outcomes: JSON, whose key is the command's id. */
export function encodeOutcome(of: Outcome): Uint8Array {
  return Buffer.from(JSON.stringify(of));
}

/** Reads an outcome; undefined where it is none. */
export function decodeOutcome({ value }: Pick<LogRecord, "value">): Outcome | undefined {
  return parseOutcome(jsonOf(value));
}

/** Checks an outcome's fields, others being left out; undefined where it is none. */
export function parseOutcome(value: unknown): Outcome | undefined {
  const parsed = outcome.safeParse(value);
  return parsed.success ? withUndefined(parsed.data) : undefined;
}

function withUndefined(parsed: z.infer<typeof outcome>): Outcome {
  const { id, rejection, version, transaction, events, ...rest } = parsed;
  return {
    ...rest,
    id,
    version,
    transaction,
    rejection: rejection && { code: rejection.code, message: rejection.message, ...currentVersion(rejection) },
    events: events.map(({ dropped, ...event }) => (dropped ? { ...event, dropped } : event)),
  };
}

function currentVersion({ currentVersion: version }: { readonly currentVersion?: number | null | undefined }): {
  readonly currentVersion?: number | null;
} {
  return version === undefined ? {} : { currentVersion: version };
}
