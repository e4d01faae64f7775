import {
  type Attributes,
  type Context,
  type Link,
  type Span as SdkSpan,
  type SpanContext,
  type SpanOptions as SdkSpanOptions,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  type Tracer as SdkTracer,
  trace,
} from "@opentelemetry/api";
import { withActiveSpan } from "./active-span.ts";
import { errorTypeOf } from "./error-type.ts";
import { ATTRIBUTE } from "./semantic-conventions.ts";
import { type SpanIds, formatTraceparent, parseTraceparent } from "./trace-context.ts";
import type { Span, SpanAttributes, SpanOptions, Tracer } from "./tracing.ts";

/** Records spans by an OpenTelemetry tracer, each with `common`. Contexts are passed by hand: nothing global is set. */
export function createSdkTracer(tracer: SdkTracer, common: SpanAttributes): Tracer {
  return {
    async inSpan(name, options, run) {
      const span = tracer.startSpan(name, sdkOptions(options, common), contextOf(options.parent));
      const { traceId, spanId, traceFlags } = span.spanContext();
      const active = { traceId, spanId, flags: traceFlags, ended: false };
      try {
        return await withActiveSpan(active, async () => await run(handle(span, formatTraceparent(active))));
      } catch (error) {
        fail(span, errorTypeOf(error));
        throw error;
      } finally {
        active.ended = true;
        span.end();
      }
    },
  };
}

function sdkOptions({ kind, links, attributes }: SpanOptions, common: SpanAttributes): SdkSpanOptions {
  return {
    kind: kind === "producer" ? SpanKind.PRODUCER : SpanKind.CONSUMER,
    links: [...(links?.() ?? [])].flatMap(linkTo),
    attributes: toSdk({ ...common, ...attributes?.() }),
  };
}

function linkTo(traceparent: string): readonly Link[] {
  const ids = parseTraceparent(traceparent);
  return ids === undefined ? [] : [{ context: remote(ids) }];
}

function contextOf(parent: string | undefined): Context {
  const ids = parseTraceparent(parent);
  return ids === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, remote(ids));
}

function remote({ traceId, spanId, flags }: SpanIds): SpanContext {
  return { traceId, spanId, traceFlags: flags & 1, isRemote: true };
}

function handle(span: SdkSpan, traceparent: string): Span {
  return {
    traceparent,
    set: (attributes) => {
      span.setAttributes(toSdk(attributes));
    },
  };
}

function toSdk(attributes: SpanAttributes): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, typeof value === "object" ? [...value] : value]),
  );
}

/** The code alone: an error's message may name what a span must not tell. */
function fail(span: SdkSpan, code: string): void {
  span.setAttribute(ATTRIBUTE.errorType, code);
  span.setStatus({ code: SpanStatusCode.ERROR, message: code });
}
