import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "./logger.ts";
import type { TelemetryOptions } from "./options.ts";
import { resourceOf } from "./resource.ts";
import { createSdkTracer } from "./sdk-tracer.ts";
import { ATTRIBUTE } from "./semantic-conventions.ts";
import type { Tracing } from "./tracing.ts";

/** ms that sending the last spans may take when the process ends. */
const SHUTDOWN_TIMEOUT = 3_000;

/** Sends spans by OTLP, as the environment says. */
export function openOtlpTracing(options: TelemetryOptions): Tracing {
  return openTracingTo(new BatchSpanProcessor(tellingOfFailures(new OTLPTraceExporter(), options.logger)), options);
}

/** Gives spans to a processor. */
export function openTracingTo(
  processor: SpanProcessor,
  { messagingSystem, version }: Pick<TelemetryOptions, "messagingSystem" | "version">,
): Tracing {
  const provider = new NodeTracerProvider({ resource: resourceOf(version), spanProcessors: [processor] });
  return {
    tracer: createSdkTracer(provider.getTracer("eventql", version), { [ATTRIBUTE.messagingSystem]: messagingSystem }),
    async shutdown() {
      const sent = Promise.allSettled([provider.shutdown()]);
      await Promise.race([sent, delay(SHUTDOWN_TIMEOUT, undefined, { ref: false })]);
    },
  };
}

/** Says in the log, once until it works again, that spans are lost: the SDK tells nobody. */
function tellingOfFailures(exporter: SpanExporter, logger: Logger): SpanExporter {
  let isFailing = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const { error } = result;
        if (error !== undefined && !isFailing) logger.warn({ error: error.message }, "spans could not be sent");
        if (error === undefined && isFailing) logger.info({}, "spans are sent again");
        isFailing = error !== undefined;
        done(result);
      });
    },
    forceFlush: async () => await exporter.forceFlush?.(),
    shutdown: async () => await exporter.shutdown(),
  };
}
