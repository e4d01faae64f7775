import { hash } from "node:crypto";
import type { EventCodec } from "../catalog/codec.ts";
import type { EventType } from "../catalog/types.ts";
import { EventQLError, messageOf } from "../errors.ts";
import type { EventContext } from "../model/event-context.ts";
import { HEADER, type Headers } from "../model/event.ts";
import { type Output, outputBytes } from "../model/output.ts";
import type { Branch, EmittedEvent, Projection } from "../model/projection.ts";
import { PassedEvent, rejectionHeaders } from "../model/transition.ts";

/** The namespace of the ids of events that rules write: as fixed as UUIDv5 is, so that a repetition has the same id. */
const NAMESPACE: Uint8Array = Buffer.from("3a0f7c9e5d0b4d519f0c6c1e5b0d7a42", "hex");

/** Where names are written behind it, to be hashed. */
const scratch: Buffer = Buffer.concat([NAMESPACE], 1_024);

/** What the digit may be that tells the variant of a UUID. */
const VARIANTS = "89ab";

/** The most that the events which one event leads to may have together, in bytes: they are stored in one transaction. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** What outputs are made from: an event, and the key of the document that it was folded into. */
export interface EmitSource {
  readonly context: EventContext;
  readonly key: string;
  /** The offset in the partition that is read. */
  readonly offset: number;
  readonly value: Uint8Array;
}

/** What writing events to topics needs. */
export interface Emitting {
  readonly codec: Pick<EventCodec, "encode">;
  /** The event types of a topic. */
  typesOf(topic: string): readonly EventType[];
  /** The largest record that a topic takes, in bytes. Default: Kafka's. */
  maxBytesOf?(topic: string): number | undefined;
}

/**
 * Makes what a rule has written ready to be appended, in order; what no branch wants is left out.
 * @throws EventQLError `EVENT_INVALID` naming what is wrong with an event, `EVENT_TOO_LARGE`.
 */
export type Emit = (events: readonly EmittedEvent[], from: EmitSource) => readonly Output[];

/** Compiles where the events of a projection's rules go, and how they are written; undefined: rules write none. */
export function compileEmit({ name, emits }: Pick<Projection, "name" | "emits">, emitting: Emitting): Emit | undefined {
  if (emits === undefined) return undefined;
  return (events, from) => {
    const outputs: Output[] = [];
    let bytes = 0;
    for (const [index, event] of events.entries()) {
      const branch = emits.find(({ test }) => test === undefined || test(event));
      if (branch === undefined) continue;
      const output = outputOf({ name, branch, emitting }, event, index, from);
      const size = outputBytes(output);
      const maxBytes = emitting.maxBytesOf?.(branch.topic) ?? MAX_RECORD_BYTES;
      if (size + BATCH_OVERHEAD > maxBytes) throw tooLarge(`an event of ${size} bytes to ${branch.topic}`, maxBytes);
      bytes += size;
      outputs.push(output);
    }
    if (bytes > MAX_OUTPUT_BYTES) throw tooLarge(`events of ${bytes} bytes`, MAX_OUTPUT_BYTES);
    return outputs;
  };
}

/** Kafka's `max.message.bytes`, and what a batch adds to its records. */
const MAX_RECORD_BYTES = 1_048_588;
const BATCH_OVERHEAD = 256;

interface Destination {
  readonly name: string;
  readonly branch: Branch;
  readonly emitting: Emitting;
}

function outputOf(
  { name, branch, emitting }: Destination,
  event: EmittedEvent,
  index: number,
  from: EmitSource,
): Output {
  const { topic } = branch;
  const { context, offset } = from;
  const key = event.key ?? from.key;
  if (event instanceof PassedEvent)
    return { topic, key, value: from.value, headers: passedHeaders(event, context), offset };
  const { value, type } = encoded(name, topic, event, emitting);
  const id = idOf([name, from.key, context.id, index].join("\0"));
  return { topic, key, value, headers: headersOf(name, id, type, context), offset };
}

/** A UUIDv5 (RFC 9562), at a fifth of what `uuid` takes for one: each output has to have one. */
function idOf(name: string): string {
  const size = NAMESPACE.length + Buffer.byteLength(name);
  const bytes = size <= scratch.length ? scratch : Buffer.concat([NAMESPACE, Buffer.alloc(size)]);
  bytes.write(name, NAMESPACE.length);
  const hex = hash("sha1", bytes.subarray(0, size), "hex");
  const variant = VARIANTS.charAt(Number.parseInt(hex.charAt(16), 16) % VARIANTS.length);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function encoded(
  name: string,
  topic: string,
  { type, payload }: EmittedEvent,
  emitting: Emitting,
): { readonly value: Uint8Array; readonly type: string } {
  const types = emitting.typesOf(topic);
  const eventType =
    types.find((each) => each.name === type) ??
    types.find(({ fullName }) => fullName === type || fullName.endsWith(`.${type}`));
  if (eventType === undefined) {
    const known = types.length === 0 ? "it has none" : `it has ${types.map((each) => each.name).join(", ")}`;
    throw new EventQLError(
      "EVENT_INVALID",
      `A rule of ${name} wrote ${type}, which is no event type of topic ${topic}: ${known}. Register its schema, or mend the rule.`,
    );
  }
  try {
    return { value: emitting.codec.encode(eventType, payload), type: eventType.fullName };
  } catch (cause) {
    throw new EventQLError("EVENT_INVALID", `A rule of ${name} wrote an event that is wrong: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** CloudEvents 1.0; it happened when what it was made from did, so that it is the same however often it is made. */
function headersOf(name: string, id: string, type: string, { time, headers }: EventContext): Headers {
  const own = {
    [HEADER.specVersion]: "1.0",
    [HEADER.id]: id,
    [HEADER.type]: type,
    [HEADER.source]: `/eventql/${name}`,
    [HEADER.time]: headers[HEADER.time] ?? time.toISOString(),
  };
  const { [HEADER.traceparent]: traceparent } = headers;
  return traceparent === undefined ? own : { ...own, [HEADER.traceparent]: traceparent };
}

/** It is the same event: only that it was keyed anew on its way isn't told any more. */
function passedHeaders({ rejection }: PassedEvent, { headers }: EventContext): Headers {
  return rejection === undefined ? headers : { ...headers, ...rejectionHeaders(rejection) };
}

function tooLarge(what: string, maxBytes: number): EventQLError {
  return new EventQLError(
    "EVENT_TOO_LARGE",
    `A rule wrote ${what}, more than ${maxBytes} bytes: write less, or raise the topic's max.message.bytes.`,
  );
}
