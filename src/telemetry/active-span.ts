import { AsyncLocalStorage } from "node:async_hooks";
import type { SpanIds } from "./trace-context.ts";

/** A span that log lines may belong to. */
export interface ActiveSpan extends SpanIds {
  /** What was started in a span may outlive it: its log lines are no part of it then. */
  ended: boolean;
}

const storage = new AsyncLocalStorage<ActiveSpan>();

/** Runs work, and all that it awaits, in a span. */
export function withActiveSpan<T>(span: ActiveSpan, run: () => T): T {
  return storage.run(span, run);
}

/** The ids of the span that is under way here, as OpenTelemetry names them in logs; undefined: none is. */
export function activeSpanFields(): { readonly trace_id: string; readonly span_id: string } | undefined {
  const span = storage.getStore();
  return span === undefined || span.ended ? undefined : { trace_id: span.traceId, span_id: span.spanId };
}
