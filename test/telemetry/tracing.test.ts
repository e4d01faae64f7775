import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { inProcessSpan, inSendSpan } from "../../src/telemetry/messaging-spans.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { CALLER, type RecordedTracing, recordSpans } from "../support/recorded-spans.ts";

const of = { topic: "appuser", partition: 3 };
const send = { topic: "appuser", eventId: "e1", parent: CALLER.traceparent };

describe("without tracing", () => {
  test("the caller's context is passed on, and nothing is asked for", async () => {
    const events = vi.fn<() => never>();
    expect(await inSendSpan(noTracer, send, async ({ traceparent }) => traceparent)).toBe(CALLER.traceparent);
    expect(await inProcessSpan(noTracer, { of, count: 1, events }, async () => "done")).toBe("done");
    expect(events).not.toHaveBeenCalled();
  });

  test.each([undefined, "nonsense"])("of %s there is none to pass on", async (parent) => {
    expect(await inSendSpan(noTracer, { ...send, parent }, async ({ traceparent }) => traceparent)).toBeUndefined();
  });
});

describe("spans", () => {
  let tracing: RecordedTracing;
  beforeEach(() => {
    tracing = recordSpans();
  });
  afterEach(async () => {
    await tracing.shutdown();
  });

  test("an append's is a child of the caller's, and names the event but not its key", async () => {
    const traceparent = await inSendSpan(tracing.tracer, send, async (span) => {
      span.set({ "messaging.destination.partition.id": "3" });
      return span.traceparent;
    });
    const [span] = tracing.spans();
    expect(traceparent).toBe(`00-${CALLER.traceId}-${span?.spanContext().spanId}-01`);
    expect(span).toMatchObject({
      name: "send appuser",
      kind: SpanKind.PRODUCER,
      parentSpanContext: { traceId: CALLER.traceId, spanId: CALLER.spanId, isRemote: true },
      attributes: {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
        "messaging.destination.name": "appuser",
        "messaging.destination.partition.id": "3",
        "messaging.message.id": "e1",
      },
    });
  });

  test.each([undefined, "nonsense"])("an append's after %s begins a trace", async (parent) => {
    await inSendSpan(tracing.tracer, { ...send, parent }, async () => {});
    expect(tracing.spans()[0]?.parentSpanContext).toBeUndefined();
  });

  test("a failure marks its span with the code, not with the message", async () => {
    const failing = inSendSpan(tracing.tracer, send, async () => {
      throw new EventQLError("APPEND_UNKNOWN", "of Ann Lee");
    });
    await expect(failing).rejects.toMatchObject({ code: "APPEND_UNKNOWN" });
    const [span] = tracing.spans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: "APPEND_UNKNOWN" });
    expect(span?.attributes["error.type"]).toBe("APPEND_UNKNOWN");
    expect(span?.events).toEqual([]);
  });

  test("a batch's links to the different contexts of its events, within a bound", async () => {
    const contexts = Array.from(
      { length: 200 },
      (_, index) => `00-${CALLER.traceId}-${String(index + 1).padStart(16, "0")}-01`,
    );
    const events = [undefined, "nonsense", ...contexts, ...contexts].map((traceparent, index) => ({
      id: index % 2 === 0 ? `e${index}` : undefined,
      traceparent,
    }));
    await inProcessSpan(tracing.tracer, { of, count: events.length, events: () => events }, async () => {});
    const [span] = tracing.spans();
    expect(span).toMatchObject({ name: "process appuser", kind: SpanKind.CONSUMER, parentSpanContext: undefined });
    expect(span?.links.map(({ context }) => context.spanId)).toEqual(
      contexts.slice(0, 127).map((text) => text.split("-")[2]),
    );
    expect(span?.attributes).toMatchObject({
      "messaging.batch.message_count": 402,
      "messaging.destination.partition.id": "3",
      "eventql.event.ids": Array.from({ length: 128 }, (_, index) => `e${index * 2}`),
    });
  });

  test("what isn't sampled is not recorded, and says so to whom it calls", async () => {
    const parent = CALLER.traceparent.replace(/01$/, "00");
    const traceparent = await inSendSpan(tracing.tracer, { ...send, parent }, async (span) => span.traceparent);
    expect(traceparent).toMatch(new RegExp(`^00-${CALLER.traceId}-[\\da-f]{16}-00$`));
    expect(tracing.spans()).toEqual([]);
  });
});
