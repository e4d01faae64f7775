import { type IncomingMessage, createServer } from "node:http";
import { json } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";
import { inSendSpan } from "../../src/telemetry/messaging-spans.ts";
import { openTelemetry } from "../../src/telemetry/open-telemetry.ts";
import { openTracing } from "../../src/telemetry/open-tracing.ts";
import { noTracer } from "../../src/telemetry/tracing.ts";
import { CALLER } from "../support/recorded-spans.ts";

const send = { topic: "appuser", eventId: "e1", parent: CALLER.traceparent };
const warn = vi.fn<Logger["warn"]>();
const options = { messagingSystem: "kafka", version: "1.2.3", logger: { ...silentLogger, warn } };

const attribute = z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) });
const requestSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(
        z.object({ spans: z.array(z.object({ name: z.string(), traceId: z.string(), parentSpanId: z.string() })) }),
      ),
    }),
  ),
});

beforeEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith("OTEL_")) vi.stubEnv(name, undefined);
  warn.mockReset();
});

afterEach(() => {
  vi.unstubAllEnvs();
});

interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly path: string | undefined; readonly token: unknown; readonly body: unknown }[];
}

async function startCollector(status: number): Promise<Collector> {
  const requests: { path: string | undefined; token: unknown; body: unknown }[] = [];
  const take = async (request: IncomingMessage): Promise<void> => {
    requests.push({ path: request.url, token: request.headers["x-token"], body: await json(request) });
  };
  const server = createServer((request, response) => {
    void take(request).finally(() => response.writeHead(status, { "content-type": "application/json" }).end("{}"));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("tracing is off", () => {
  test.each([
    ["where no endpoint is named", {}],
    ["where the endpoint is empty", { OTEL_EXPORTER_OTLP_ENDPOINT: " " }],
    ["where the SDK is disabled", { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_SDK_DISABLED: "true" }],
    [
      "where no exporter is wanted",
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_TRACES_EXPORTER: "none" },
    ],
  ])("%s", async (_why, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const tracing = await openTracing(options);
    expect(tracing.tracer).toBe(noTracer);
    await tracing.shutdown();
  });
});

test("spans go to the collector that the environment names, the last ones at the end", async () => {
  await using collector = await startCollector(200);
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url);
  vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-token=hush");
  vi.stubEnv("OTEL_SERVICE_NAME", "shop");
  const telemetry = await openTelemetry(options);
  await inSendSpan(telemetry.tracer, send, async () => {});
  expect(collector.requests).toEqual([]);
  await telemetry.shutdown();
  expect(collector.requests).toMatchObject([{ path: "/v1/traces", token: "hush" }]);
  const [sent] = requestSchema.parse(collector.requests[0]?.body).resourceSpans;
  expect(sent?.resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "shop" } });
  expect(sent?.resource.attributes).toContainEqual({ key: "service.version", value: { stringValue: "1.2.3" } });
  expect(sent?.scopeSpans.flatMap(({ spans }) => spans)).toMatchObject([
    { name: "send appuser", traceId: CALLER.traceId, parentSpanId: CALLER.spanId },
  ]);
});

test("the sampler is the environment's", async () => {
  await using collector = await startCollector(200);
  vi.stubEnv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", `${collector.url}/custom`);
  vi.stubEnv("OTEL_TRACES_SAMPLER", "parentbased_always_off");
  const tracing = await openTracing(options);
  await inSendSpan(tracing.tracer, { ...send, parent: undefined }, async () => {});
  await inSendSpan(tracing.tracer, send, async () => {});
  await tracing.shutdown();
  expect(collector.requests.map(({ path }) => path)).toEqual(["/custom"]);
  const [sent] = requestSchema.parse(collector.requests[0]?.body).resourceSpans;
  expect(sent?.scopeSpans.flatMap(({ spans }) => spans)).toHaveLength(1);
});

test("a collector that refuses is told of in the log, and fails nothing", async () => {
  await using collector = await startCollector(400);
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url);
  const tracing = await openTracing(options);
  expect(await inSendSpan(tracing.tracer, send, async () => "appended")).toBe("appended");
  await tracing.shutdown();
  expect(warn).toHaveBeenCalledExactlyOnceWith(
    { error: expect.stringContaining("Bad Request") },
    "spans could not be sent",
  );
});
