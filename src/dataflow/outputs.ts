import { v5 as uuidv5 } from "uuid";
import type { EventCodec } from "../catalog/codec.ts";
import type { EventType } from "../catalog/types.ts";
import { EventQLError } from "../errors.ts";
import { HEADER, type Headers, type LogRecord } from "../model/event.ts";
import { ORIGIN, ORIGIN_KEY, copiedHeaders } from "../model/origin.ts";
import type { Stream } from "../model/stream.ts";
import { type Flowing, asked } from "./flowing.ts";

/** A record that an input event led to. */
export interface Output {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Uint8Array | null;
  readonly headers: Headers;
}

/** What making outputs needs. */
export interface OutputOptions {
  readonly stream: Stream;
  readonly codec: Pick<EventCodec, "encode">;
  /** The event types that a topic has by the newest catalog. */
  readonly typesOf: (topic: string) => readonly EventType[];
  /** Who writes, as the CloudEvents attribute `source` has it. */
  readonly source: string;
}

/** The namespace of the ids of events that steps make: as fixed as UUIDv5 is, so that a repetition has the same id. */
const MADE_IDS = "8f0bfa53-3f0c-4d0e-9f57-6a1b3f0f7d11";

/**
 * The records that an input event's outcome is written as; of an event that goes nowhere, none.
 * @throws EventQLError `RULE_FAILED`, `EVENT_TYPE_UNKNOWN`, `EVENT_INVALID`: what is wrong with the event.
 */
export function outputsOf(options: OutputOptions, input: LogRecord, flowing: readonly Flowing[]): readonly Output[] {
  const { stream } = options;
  return flowing.flatMap((each, index) => {
    const topic = each.record?.value === null ? firstTopic(stream) : targetOf(stream, each);
    return topic === undefined ? [] : [outputOf(options, { input, flowing: each, index, topic })];
  });
}

interface OutputPlace {
  readonly input: LogRecord;
  readonly flowing: Flowing;
  /** Among all that the input led to. */
  readonly index: number;
  readonly topic: string;
}

function outputOf(options: OutputOptions, { input, flowing, index, topic }: OutputPlace): Output {
  const { stream } = options;
  const { key, event, record } = flowing;
  if (record !== undefined) {
    const { value, headers } = record;
    return { topic, key, value, headers: stream.internal === true ? originHeaders(record) : headers };
  }
  const type = typeOf(options.typesOf(topic), event.type, topic);
  const id = uuidv5(`${stream.name}/${event.id}/${index}`, MADE_IDS);
  const headers = madeHeaders({ id, type: type.fullName, source: options.source, time: event.time, input });
  return { topic, key, value: options.codec.encode(type, event.payload), headers };
}

/** Of a copy's copy, the first origin. */
function originHeaders(record: LogRecord): Headers {
  const { headers, key } = record;
  if (headers[ORIGIN] !== undefined && headers[ORIGIN_KEY] !== undefined) return headers;
  return copiedHeaders(record, key === null ? "" : Buffer.from(key).toString());
}

/** An event that follows from another one happened when that one did, in the same trace. */
function madeHeaders(of: {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly time: Date;
  readonly input: LogRecord;
}): Headers {
  const headers = {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: of.id,
    [HEADER.type]: of.type,
    [HEADER.source]: of.source,
    [HEADER.time]: of.input.headers[HEADER.time] ?? of.time.toISOString(),
  };
  const traceparent = of.input.headers[HEADER.traceparent];
  return traceparent === undefined ? headers : { ...headers, [HEADER.traceparent]: traceparent };
}

function firstTopic({ sink }: Stream): string | undefined {
  return sink.kind === "topics" ? sink.branches[0]?.topic : undefined;
}

function targetOf({ sink }: Stream, { event }: Flowing): string | undefined {
  if (sink.kind !== "topics") return undefined;
  const holds = (branch: (typeof sink.branches)[number]): boolean =>
    branch.test === undefined || asked(`The test of ${branch.topic}`, () => branch.test?.(event) === true);
  return sink.branches.find(holds)?.topic;
}

function typeOf(types: readonly EventType[], name: string, topic: string): EventType {
  const found =
    types.find((type) => type.name === name) ??
    types.find(({ fullName }) => fullName === name || fullName.endsWith(`.${name}`));
  if (found !== undefined) return found;
  const known = types.length === 0 ? "it has none" : `it has ${types.map((type) => type.name).join(", ")}`;
  throw new EventQLError(
    "EVENT_TYPE_UNKNOWN",
    `A step made an event ${name}, which is no event type of topic ${topic}: ${known}. Register its schema, or mend the step.`,
  );
}
