import { execute, parse } from "graphql";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { createCodec } from "../../src/catalog/codec/create-codec.ts";
import { gatherCatalog } from "../../src/catalog/gather.ts";
import { createAppender } from "../../src/command/open-appender.ts";
import { openEmbeddedEventLog } from "../../src/event-log/embedded/embedded-event-log.ts";
import { buildSchema } from "../../src/graphql/build-schema.ts";
import { createContext } from "../../src/graphql/context.ts";
import { deadLetterCollections } from "../../src/read-model/dead-letters.ts";
import { gaugeProjector } from "../../src/projector/gauges.ts";
import { topicProjections } from "../../src/projector/projection.ts";
import { type Projector, startProjector } from "../../src/projector/projector.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import { openEmbeddedRegistry } from "../../src/schema-registry/embedded/embedded-registry.ts";
import { registerFolder } from "../../src/schema-registry/register-folder.ts";
import { createMetrics } from "../../src/telemetry/create-metrics.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { openHarness } from "../graphql/harness.ts";
import { CALLER, type RecordedTracing, recordSpans } from "../support/recorded-spans.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { samplesOf } from "./prometheus-samples.ts";

const logger = silentLogger;

interface Stack {
  readonly tracing: RecordedTracing;
  readonly startProjecting: () => Promise<Projector>;
  readonly mutate: (mutation: string, traceparent?: string) => Promise<void>;
  /** The value of a metric's only sample. */
  readonly sample: (name: string) => Promise<number | undefined>;
}

/** The embedded stack, measured and traced, with a projector that starts when it is told to. */
async function openStack(): Promise<Stack> {
  const folder = await temporaryFolder();
  const file = join(folder.path, "eventql.db");
  const registry = openEmbeddedRegistry({ file });
  await registerFolder(registry, fileURLToPath(new URL("../../schemas", import.meta.url)));
  const catalog = await gatherCatalog(registry, { topics: ["appuser"] });
  const codec = createCodec(registry, () => catalog);
  const log = openEmbeddedEventLog({ file, logger });
  await log.createTopics([{ name: "appuser", partitions: 1 }]);
  const readModel = openEmbeddedReadModel({ file, logger });
  await readModel.ensureCollections([{ name: "users" }, ...deadLetterCollections]);
  const tracing = recordSpans();
  const { metrics, prometheus, shutdown } = createMetrics({ messagingSystem: "eventql", version: "1", logger });
  const { tracer } = tracing;
  const harness = await openHarness(catalog, { readModel });
  const services = { ...harness.services, appender: createAppender({ log, codec, source: "/test", metrics, tracer }) };
  const schema = buildSchema(services);
  let projector: Projector | undefined;
  onTestFinished(async () => {
    await projector?.stop();
    await log.close();
    await harness.close();
    await registry.close();
    await Promise.all([shutdown(), tracing.shutdown()]);
    await folder.remove();
  });
  return {
    tracing,
    startProjecting: async () => {
      const projections = topicProjections(catalog);
      projector = await startProjector(
        {
          log,
          readModel,
          codec,
          logger,
          metrics,
          tracer,
          group: "g",
          projections: () => projections,
          catalog: { standingOf: () => "taken", refresh: async () => {} },
        },
        ["appuser"],
      );
      gaugeProjector(metrics, log, projector);
      return projector;
    },
    mutate: async (mutation, traceparent) => {
      const headers: Record<string, string> = traceparent === undefined ? {} : { traceparent };
      const contextValue = createContext(services, { headers, remoteAddress: undefined });
      const result = await execute({ schema, document: parse(`mutation { ${mutation} }`), contextValue });
      expect(result.errors).toBeUndefined();
    },
    sample: async (name) => samplesOf(await prometheus()).find((sample) => sample.name === name)?.value,
  };
}

const CHANGE = 'userChanged(id: "ann", input: { first_name: "Ann", last_name: "Lee" }, wait: APPENDED) { id }';
const DELETE = 'deleteUser(id: "ann", wait: APPENDED) { id }';

test("a trace goes from the caller's request through the record's header to the projection", async () => {
  const { tracing, mutate, startProjecting, sample } = await openStack();
  const other = CALLER.traceparent.replace(CALLER.traceId, "f".repeat(32));
  await mutate(CHANGE, CALLER.traceparent);
  await mutate(DELETE, other);
  await mutate(CHANGE);
  const sent = tracing.spans();
  expect(sent.map(({ name, parentSpanContext }) => [name, parentSpanContext?.traceId])).toEqual([
    ["send appuser", CALLER.traceId],
    ["send appuser", "f".repeat(32)],
    ["send appuser", undefined],
  ]);

  const projector = await startProjecting();
  await vi.waitFor(() => {
    expect(projector.status()).toMatchObject([{ next: 3, caughtUp: true }]);
  });
  const processed = tracing.spans().slice(sent.length);
  expect(processed).toHaveLength(1);
  expect(processed[0]).toMatchObject({
    name: "process appuser",
    attributes: {
      "messaging.batch.message_count": 3,
      "eventql.projection.committed": true,
      "eventql.event.ids": sent.map(({ attributes }) => attributes["messaging.message.id"]),
    },
  });
  expect(processed[0]?.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId }))).toEqual(
    sent.map((span) => ({ traceId: span.spanContext().traceId, spanId: span.spanContext().spanId })),
  );

  expect(JSON.stringify(tracing.spans().map(({ attributes }) => attributes))).not.toMatch(/Ann|Lee|"ann"/);
  expect(await sample("eventql_projection_events_total")).toBe(3);
  expect(await sample("eventql_projection_lag")).toBe(0);
  expect(await sample("messaging_client_operation_duration_seconds_count")).toBe(3);
});
