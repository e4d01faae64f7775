import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-node";
import { openTracingTo } from "../../src/telemetry/otlp-tracing.ts";
import type { Tracing } from "../../src/telemetry/tracing.ts";

/** Traces that stay in memory. */
export interface RecordedTracing extends Tracing {
  /** Those that have ended, in the order of their ends. */
  spans(): readonly ReadableSpan[];
}

/** Records every span, for tests to look at. */
export function recordSpans(): RecordedTracing {
  const exporter = new InMemorySpanExporter();
  const tracing = openTracingTo(new SimpleSpanProcessor(exporter), { messagingSystem: "kafka", version: "1" });
  return { ...tracing, spans: () => [...exporter.getFinishedSpans()] };
}

/** What whoever calls EventQL might send as `traceparent`. */
export const CALLER = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
} as const;
