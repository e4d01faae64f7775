import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { EventQLError } from "../../../errors.ts";
import type { EventAsked } from "../../../graphql/topic-events/append-events.ts";
import { mediaTypeOf, readJson } from "../request-body.ts";

/** Events of a request, and whether it had but one. */
export interface EventBody {
  readonly events: readonly EventAsked[];
  readonly isOne: boolean;
}

const JSON_TYPE = "application/json";
const CLOUD_TYPE = "application/cloudevents+json";
const CLOUD_BATCH_TYPE = "application/cloudevents-batch+json";

/** Events of one request, at most. */
const MAX_EVENTS = 1_000;

/** What is wrong is told so far. */
const MAX_PROBLEMS = 50;
const MAX_PROBLEM = 500;

const fields = z.record(z.string(), z.unknown());

const PlainEvent = z
  .strictObject({
    id: z.string().optional(),
    type: z
      .string()
      .nullish()
      .transform((type) => type),
    payload: fields.nullish(),
    data: fields.nullish(),
    commandId: z.string().optional(),
    ifVersion: z.union([z.int().min(0), z.enum(["NO_STREAM", "EXISTS"])]).optional(),
  })
  .refine(({ payload, data }) => payload == null || data == null, "give payload or data, not both")
  .transform(({ payload, data, ...event }): EventAsked => ({ ...event, payload: payload ?? data ?? undefined }));

/** CloudEvents 1.0 in its JSON format: the subject is the key; attributes that nothing is made of may be there. */
const CloudEvent = z
  .object({
    specversion: z.literal("1.0"),
    id: z.string().min(1),
    source: z.string().min(1),
    type: z.string().min(1),
    subject: z.string().optional(),
    data: fields,
  })
  .transform(({ id, type, subject, data }): EventAsked => ({ id: subject, type, payload: data, eventId: id }));

/**
 * Reads the events of a request.
 * @throws EventQLError `BAD_USER_INPUT` naming each event by its index, and what of it is wrong; `EVENT_TOO_LARGE`.
 */
export async function readEventBody(request: IncomingMessage, maxBytes: number): Promise<EventBody> {
  const mediaType = mediaTypeOf(request);
  if (![JSON_TYPE, CLOUD_TYPE, CLOUD_BATCH_TYPE].includes(mediaType))
    throw bad(`Events are sent with content-type: ${JSON_TYPE}, ${CLOUD_TYPE} or ${CLOUD_BATCH_TYPE}.`);
  const body = await readJson(request, maxBytes);
  const isOne = mediaType === CLOUD_BATCH_TYPE ? false : mediaType === CLOUD_TYPE || !Array.isArray(body);
  const shape = mediaType === JSON_TYPE ? PlainEvent : CloudEvent;
  const parsed = z
    .array(shape)
    .min(1)
    .max(MAX_EVENTS)
    .safeParse(isOne ? [body] : body);
  if (parsed.success) return { events: parsed.data, isOne };
  const problems = parsed.error.issues.slice(0, MAX_PROBLEMS).map((issue) => problemText(issue, isOne));
  throw bad(`The request's body is wrong: ${problems.join("; ")}.`, { problems });
}

function problemText({ path, message: whole }: z.core.$ZodIssue, isOne: boolean): string {
  // It may name all the keys that the body has and shouldn't.
  const message = whole.length > MAX_PROBLEM ? `${whole.slice(0, MAX_PROBLEM)}…` : whole;
  const [index, ...rest] = path.map(String);
  const field = rest.join(".");
  if (isOne || index === undefined) return `${field || "the event"}: ${message}`;
  return `event ${index}${field === "" ? "" : `, ${field}`}: ${message}`;
}

function bad(message: string, details: Readonly<Record<string, unknown>> = {}): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message, { details });
}
