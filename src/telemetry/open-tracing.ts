import type { TelemetryOptions } from "./options.ts";
import { type Tracing, noTracer } from "./tracing.ts";

const ENDPOINTS = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

/**
 * Traces where OpenTelemetry's environment variables ask for it: `OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` says where to send spans (OTLP over HTTP, as JSON); headers, time-outs, sampler,
 * limits and the service's name are read by the SDK itself. Without them nothing is loaded and nothing is recorded.
 */
export async function openTracing(options: TelemetryOptions): Promise<Tracing> {
  if (!isConfigured()) return { tracer: noTracer, shutdown: async () => {} };
  const { openOtlpTracing } = await import("./otlp-tracing.ts");
  return openOtlpTracing(options);
}

function isConfigured(): boolean {
  const isOff = variable("OTEL_SDK_DISABLED").toLowerCase() === "true" || variable("OTEL_TRACES_EXPORTER") === "none";
  return !isOff && ENDPOINTS.some((name) => variable(name) !== "");
}

function variable(name: string): string {
  return process.env[name]?.trim() ?? "";
}
