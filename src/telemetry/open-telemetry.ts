import { createMetrics } from "./create-metrics.ts";
import type { Metrics } from "./metrics.ts";
import { openTracing } from "./open-tracing.ts";
import type { TelemetryOptions } from "./options.ts";
import type { Tracer } from "./tracing.ts";

/** The metrics and traces of a process. */
export interface Telemetry {
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** All metrics as they are now, in Prometheus' text form (version 0.0.4). */
  prometheus(): Promise<string>;
  /** Sends the spans that are left, within a bound, and ends measuring. */
  shutdown(): Promise<void>;
}

/** Starts measuring, and tracing where the environment asks for it. */
export async function openTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  const tracing = await openTracing(options);
  const { metrics, prometheus, shutdown } = createMetrics(options);
  return {
    metrics,
    tracer: tracing.tracer,
    prometheus,
    async shutdown() {
      await tracing.shutdown();
      await shutdown();
    },
  };
}
