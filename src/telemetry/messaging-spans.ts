import type { TopicPartition } from "../model/position.ts";
import { ATTRIBUTE, partitionAttributes, topicAttributes } from "./semantic-conventions.ts";
import type { Span, SpanOptions, Tracer } from "./tracing.ts";

/** The most links and ids that a batch's span has: as many links as OpenTelemetry allows a span by default. */
const MAX_LINKS = 128;

/** What a span tells of an event of a batch. */
export interface TracedEvent {
  /** Its CloudEvents id. */
  readonly id: string | undefined;
  /** The context that it was written in. */
  readonly traceparent: string | undefined;
}

/** What a span tells of a batch. */
export interface TracedBatch {
  readonly of: TopicPartition;
  readonly count: number;
  /** Called only where spans are recorded. */
  readonly events: () => Iterable<TracedEvent>;
}

/** Runs an append in a span `send <topic>`: its context is what the record's header `traceparent` should have. */
export async function inSendSpan<T>(
  tracer: Tracer,
  { topic, eventId, parent }: { readonly topic: string; readonly eventId: string; readonly parent: string | undefined },
  run: (span: Span) => Promise<T>,
): Promise<T> {
  const attributes: SpanOptions["attributes"] = () => ({
    ...operation("send"),
    ...topicAttributes(topic),
    [ATTRIBUTE.messageId]: eventId,
  });
  return await tracer.inSpan(`send ${topic}`, { kind: "producer", parent, attributes }, run);
}

/** Runs the projection of a batch in a span `process <topic>`, with links to the spans that wrote its events. */
export async function inProcessSpan<T>(
  tracer: Tracer,
  { of, events, count }: TracedBatch,
  run: (span: Span) => Promise<T>,
): Promise<T> {
  const options: SpanOptions = {
    kind: "consumer",
    links: () => distinct(events(), "traceparent"),
    attributes: () => ({
      ...operation("process"),
      ...partitionAttributes(of),
      [ATTRIBUTE.messageCount]: count,
      [ATTRIBUTE.eventIds]: [...distinct(events(), "id")],
    }),
  };
  return await tracer.inSpan(`process ${of.topic}`, options, run);
}

function operation(name: string): Readonly<Record<string, string>> {
  return { [ATTRIBUTE.operationName]: name, [ATTRIBUTE.operationType]: name };
}

function distinct(events: Iterable<TracedEvent>, field: keyof TracedEvent): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { [field]: value } of events) {
    if (value !== undefined) found.add(value);
    if (found.size === MAX_LINKS) break;
  }
  return found;
}
