import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Aggregate } from "../../src/catalog/types.ts";
import type { Appender } from "../../src/command/appender.ts";
import { createAppender } from "../../src/command/open-appender.ts";
import { EventQLError } from "../../src/errors.ts";
import type { EventLog } from "../../src/event-log/event-log.ts";
import { decodeReceipt } from "../../src/model/receipt.ts";
import { type Metrics, noMetrics } from "../../src/telemetry/metrics.ts";
import { type Tracer, noTracer } from "../../src/telemetry/tracing.ts";
import { eventTypeOf } from "../support/event-types.ts";
import { CALLER, type RecordedTracing, recordSpans } from "../support/recorded-spans.ts";

const UUIDV7 = /^[\da-f]{8}-[\da-f]{4}-7/;
const eventType = eventTypeOf("Added", [{ name: "total" }]);
const aggregate: Aggregate = {
  name: "T",
  singular: "t",
  plural: "ts",
  collection: "ts",
  projection: "aggregates",
  topic: "t",
  doc: undefined,
  previous: false,
  history: undefined,
  columns: [],
  indexes: [],
  eventTypes: [eventType],
};
const position = { topic: "t", partition: 3, offset: 41 };

const append = vi.fn<EventLog["append"]>();
const encode = vi.fn<() => Uint8Array>();
const appended = vi.fn<Metrics["appended"]>();

beforeEach(() => {
  for (const mock of [append, encode, appended]) mock.mockReset();
  append.mockResolvedValue(position);
  encode.mockReturnValue(Buffer.from("encoded"));
});

function appender(tracer: Tracer = noTracer): Appender {
  const metrics = { ...noMetrics, appended };
  return createAppender({ log: { append }, codec: { encode }, source: "/eventql/test", metrics, tracer });
}

describe("an append", () => {
  test("writes the event with CloudEvents' headers, and says where it landed", async () => {
    const result = await appender().append({ eventType, id: "a", payload: { total: 1 } });
    expect(append).toHaveBeenCalledExactlyOnceWith({
      topic: "t",
      key: "a",
      value: Buffer.from("encoded"),
      headers: {
        ce_specversion: "1.0",
        ce_id: result.eventId,
        ce_type: "Added",
        ce_source: "/eventql/test",
        ce_time: expect.stringMatching(/^\d{4}-.*Z$/),
      },
    });
    expect(result).toMatchObject({ id: "a", position, eventId: expect.stringMatching(UUIDV7) });
    expect(decodeReceipt(result.receipt)).toEqual({ kind: "events", positions: [position] });
  });

  test("without an id makes one", async () => {
    const { id } = await appender().append({ eventType, payload: {} });
    expect(id).toMatch(UUIDV7);
  });

  test("of a tombstone has no value", async () => {
    await appender().appendTombstone(aggregate, "a");
    expect(append.mock.calls[0]?.[0]).toMatchObject({
      key: "a",
      value: null,
      headers: { ce_type: "eventql.tombstone" },
    });
  });

  test.each(["", "\uD800", "ü".repeat(513)])("of the key %j is refused", async (id) => {
    await expect(appender().append({ eventType, id, payload: {} })).rejects.toMatchObject({ code: "KEY_INVALID" });
    await expect(appender().appendTombstone(aggregate, id)).rejects.toMatchObject({ code: "KEY_INVALID" });
    expect(append).not.toHaveBeenCalled();
  });
});

describe("what is counted", () => {
  const seconds = expect.toSatisfy((value) => typeof value === "number" && value >= 0 && value < 5);

  test("an append that is durable", async () => {
    await appender().append({ eventType, payload: {} });
    await appender().appendTombstone(aggregate, "a");
    expect(appended.mock.calls).toEqual([
      ["t", "OK", seconds],
      ["t", "OK", seconds],
    ]);
  });

  test("the time until it is durable, in seconds", async () => {
    const started = performance.now();
    append.mockImplementation(
      async () =>
        await new Promise((resolve) => {
          setTimeout(() => {
            resolve(position);
          }, 30);
        }),
    );
    await appender().append({ eventType, payload: {} });
    const most = (performance.now() - started) / 1_000;
    const measured = appended.mock.calls[0]?.[2] ?? 0;
    expect(measured).toBeGreaterThanOrEqual(0.025);
    expect(measured).toBeLessThanOrEqual(most);
  });

  test.each([
    [new EventQLError("APPEND_UNKNOWN", "no answer"), "APPEND_UNKNOWN"],
    [new EventQLError("TOPIC_NOT_FOUND", "none"), "TOPIC_NOT_FOUND"],
    [new TypeError("a fault"), "INTERNAL"],
  ])("one that fails by %s", async (error, code) => {
    append.mockRejectedValue(error);
    await expect(appender().append({ eventType, payload: {} })).rejects.toBe(error);
    expect(appended.mock.calls).toEqual([["t", code, seconds]]);
  });

  test("one that is refused before it is written", async () => {
    encode.mockImplementation(() => {
      throw new EventQLError("EVENT_INVALID", "no total");
    });
    await expect(appender().append({ eventType, payload: {} })).rejects.toMatchObject({ code: "EVENT_INVALID" });
    await expect(appender().appendTombstone(aggregate, "")).rejects.toMatchObject({ code: "KEY_INVALID" });
    expect(appended.mock.calls.map(([, code]) => code)).toEqual(["EVENT_INVALID", "KEY_INVALID"]);
  });
});

describe("the trace context", () => {
  const headerOf = (): string | undefined => append.mock.lastCall?.[0].headers["traceparent"];

  test("of the caller is passed on where nothing is traced, an invalid one dropped", async () => {
    await appender().append({ eventType, payload: {}, traceparent: CALLER.traceparent });
    expect(headerOf()).toBe(CALLER.traceparent);
    await appender().appendTombstone(aggregate, "a", CALLER.traceparent);
    expect(headerOf()).toBe(CALLER.traceparent);
    await appender().append({ eventType, payload: {}, traceparent: "nonsense" });
    expect(append.mock.lastCall?.[0].headers).not.toHaveProperty("traceparent");
  });

  describe("where it is traced", () => {
    let tracing: RecordedTracing;
    beforeEach(() => {
      tracing = recordSpans();
    });
    afterEach(async () => {
      await tracing.shutdown();
    });

    test("is the append's own span, a child of the caller's", async () => {
      const { eventId } = await appender(tracing.tracer).append({
        eventType,
        id: "a-secret-key",
        payload: {},
        traceparent: CALLER.traceparent,
      });
      const [span] = tracing.spans();
      expect(headerOf()).toBe(`00-${CALLER.traceId}-${span?.spanContext().spanId}-01`);
      expect(span?.parentSpanContext?.spanId).toBe(CALLER.spanId);
      expect(span?.attributes).toMatchObject({
        "messaging.message.id": eventId,
        "messaging.destination.partition.id": "3",
      });
      expect(JSON.stringify(span?.attributes)).not.toContain("a-secret-key");
    });

    test("of a failed append says the code", async () => {
      append.mockRejectedValue(new EventQLError("APPEND_UNKNOWN", "no answer"));
      await expect(appender(tracing.tracer).append({ eventType, payload: {} })).rejects.toThrow("no answer");
      expect(tracing.spans()[0]?.attributes).toMatchObject({ "error.type": "APPEND_UNKNOWN" });
    });
  });
});
