import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { type OpenMetrics, createMetrics } from "../../src/telemetry/create-metrics.ts";
import { INSTRUMENTS } from "../../src/telemetry/instruments.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";
import { PROCESS_INSTRUMENTS } from "../../src/telemetry/process-metrics.ts";
import { ATTRIBUTE, partitionAttributes, topicAttributes } from "../../src/telemetry/semantic-conventions.ts";
import { type PrometheusSample, samplesOf, typesOf } from "./prometheus-samples.ts";

const of = { topic: "appuser", partition: 3 };
const partition = { messaging_destination_name: "appuser", messaging_destination_partition_id: "3" };
const sending = {
  messaging_system: "kafka",
  messaging_operation_name: "send",
  messaging_operation_type: "send",
  messaging_destination_name: "appuser",
};

let open: OpenMetrics;
const warn = vi.fn<Logger["warn"]>();

beforeEach(() => {
  warn.mockReset();
  open = createMetrics({ messagingSystem: "kafka", version: "1.2.3", logger: { ...silentLogger, warn } });
});

afterEach(async () => {
  await open.shutdown();
});

async function samples(name: string): Promise<readonly Omit<PrometheusSample, "name">[]> {
  return samplesOf(await open.prometheus()).flatMap(({ name: found, ...sample }) => (found === name ? [sample] : []));
}

function useEverything(): void {
  const { metrics } = open;
  metrics.batchProjected(of, 40, 0.02);
  metrics.deadLettered(of, "NOT_AVRO", 2);
  metrics.streamed({ stream: "big-users", ...of }, 9, 4, 0.01);
  metrics.streamSetAside({ stream: "big-users", ...of }, "RULE_FAILED", 1);
  metrics.commandsCommitted(of, 3, 0.008);
  metrics.commandsDecided(of, "OK", 2);
  metrics.commandsDecided(of, "VERSION_CONFLICT", 1);
  metrics.commandsLoaded(of, 0.2);
  metrics.appended("appuser", "OK", 0.0006);
  metrics.appended("appuser", "APPEND_UNKNOWN", 10.5);
  metrics.graphqlAnswered("query", "users", "OK", 0.003);
  metrics.graphqlAnswered("mutation", "userChanged", "EVENT_INVALID", 0.004);
  metrics.graphqlAnswered("none", "", "BAD_USER_INPUT", 0.001);
  metrics.subscribers("userChanges", 1);
  metrics.delivered("userChanges", 5);
  metrics.catalogRefreshed("OK");
  metrics.catalogRefreshed("CATALOG_INVALID");
  metrics.gauge("consumerLag", () => [{ value: 7, attributes: partitionAttributes(of) }]);
  metrics.gauge("parkedKeys", () => [{ value: 1, attributes: partitionAttributes(of) }]);
  metrics.gauge("haltedPartitions", async () => [{ value: 0, attributes: topicAttributes("appuser") }]);
  metrics.gauge("buildLag", () => [{ value: 3, attributes: { [ATTRIBUTE.projection]: "appuser" } }]);
  metrics.gauge("catalogGeneration", () => [{ value: 12, attributes: {} }]);
}

describe("the text", () => {
  test("has each metric by its name for Prometheus, with its type", async () => {
    useEverything();
    // The event loop's delays have no values before its first turns.
    await vi.waitFor(async () => {
      expect(typesOf(await open.prometheus())).toEqual({
        eventql_catalog_generation: "gauge",
        eventql_catalog_refreshes_total: "counter",
        eventql_command_batch_duration_seconds: "histogram",
        eventql_command_batch_size: "histogram",
        eventql_command_commands_total: "counter",
        eventql_command_load_duration_seconds: "histogram",
        eventql_graphql_active_subscriptions: "gauge",
        eventql_graphql_deliveries_total: "counter",
        eventql_graphql_operation_duration_seconds: "histogram",
        eventql_projection_batch_size: "histogram",
        eventql_projection_build_lag: "gauge",
        eventql_projection_dead_letters_total: "counter",
        eventql_projection_events_total: "counter",
        eventql_projection_halted_partitions: "gauge",
        eventql_projection_lag: "gauge",
        eventql_projection_parked_keys: "gauge",
        eventql_stream_batch_duration_seconds: "histogram",
        eventql_stream_dead_letters_total: "counter",
        eventql_stream_events_total: "counter",
        eventql_stream_writes_total: "counter",
        messaging_client_operation_duration_seconds: "histogram",
        messaging_process_duration_seconds: "histogram",
        nodejs_eventloop_delay_max_seconds: "gauge",
        nodejs_eventloop_delay_p50_seconds: "gauge",
        nodejs_eventloop_delay_p99_seconds: "gauge",
        nodejs_eventloop_utilization_ratio: "gauge",
        process_cpu_time_seconds_total: "counter",
        process_memory_usage_bytes: "gauge",
        process_uptime_seconds: "gauge",
        target_info: "gauge",
        v8js_memory_heap_used_bytes: "gauge",
      });
    });
  });

  test("names the service", async () => {
    const [target] = await samples("target_info");
    expect(target?.labels).toMatchObject({ service_name: "eventql", service_version: "1.2.3" });
  });

  test("has no attributes but the documented ones", async () => {
    useEverything();
    const documented = [...Object.values(INSTRUMENTS), ...Object.values(PROCESS_INSTRUMENTS)]
      .flatMap(({ attributes }) => attributes)
      .map((name) => name.replaceAll(".", "_"));
    const used = samplesOf(await open.prometheus())
      .filter(({ name }) => name !== "target_info")
      .flatMap(({ labels }) => Object.keys(labels));
    expect([...new Set(used)].toSorted()).toEqual([...new Set([...documented, "le"])].toSorted());
  });

  test("is the same for all who ask at a time", async () => {
    open.metrics.gauge("consumerLag", () => [{ value: 7, attributes: partitionAttributes(of) }]);
    const [first, second] = await Promise.all([open.prometheus(), open.prometheus()]);
    expect(first).toContain("eventql_projection_lag{");
    expect(second).toBe(first);
  });
});

describe("what is counted", () => {
  test("batches: events by partition, size and time by topic", async () => {
    open.metrics.batchProjected(of, 40, 0.02);
    open.metrics.batchProjected(of, 2, 0.5);
    expect(await samples("eventql_projection_events_total")).toEqual([{ labels: partition, value: 42 }]);
    expect(await samples("eventql_projection_batch_size_sum")).toEqual([
      { labels: { messaging_destination_name: "appuser" }, value: 42 },
    ]);
    const buckets = await samples("messaging_process_duration_seconds_bucket");
    const within = (le: string): unknown => buckets.find(({ labels }) => labels["le"] === le)?.value;
    expect([within("0.01"), within("0.025"), within("0.5"), within("+Inf")]).toEqual([0, 1, 2, 2]);
  });

  test("streams: what they take, write and set aside, each by its name", async () => {
    const named = { ...partition, eventql_stream_name: "big-users" };
    open.metrics.streamed({ stream: "big-users", ...of }, 9, 4, 0.01);
    open.metrics.streamSetAside({ stream: "big-users", ...of }, "CALL_FAILED", 2);
    expect(await samples("eventql_stream_events_total")).toEqual([{ labels: named, value: 9 }]);
    expect(await samples("eventql_stream_writes_total")).toEqual([{ labels: named, value: 4 }]);
    expect(await samples("eventql_stream_dead_letters_total")).toEqual([
      { labels: { ...named, error_type: "CALL_FAILED" }, value: 2 },
    ]);
    expect(await samples("eventql_stream_batch_duration_seconds_sum")).toMatchObject([{ value: 0.01 }]);
  });

  test("commands: decided ones by how they ended, batches and loads by topic", async () => {
    open.metrics.commandsCommitted(of, 3, 0.008);
    open.metrics.commandsDecided(of, "OK", 2);
    open.metrics.commandsDecided(of, "VERSION_CONFLICT", 1);
    open.metrics.commandsLoaded(of, 0.2);
    expect(await samples("eventql_command_commands_total")).toEqual([
      { labels: partition, value: 2 },
      { labels: { ...partition, error_type: "VERSION_CONFLICT" }, value: 1 },
    ]);
    const topic = { messaging_destination_name: "appuser" };
    expect(await samples("eventql_command_batch_size_sum")).toEqual([{ labels: topic, value: 3 }]);
    expect(await samples("eventql_command_load_duration_seconds_sum")).toEqual([{ labels: topic, value: 0.2 }]);
  });

  test("appends: those that fail by their code", async () => {
    open.metrics.appended("appuser", "OK", 0.0006);
    open.metrics.appended("appuser", "APPEND_UNKNOWN", 10.5);
    expect(await samples("messaging_client_operation_duration_seconds_sum")).toEqual([
      { labels: sending, value: 0.0006 },
      { labels: { ...sending, error_type: "APPEND_UNKNOWN" }, value: 10.5 },
    ]);
  });

  test("GraphQL operations by type, root field and code", async () => {
    open.metrics.graphqlAnswered("query", "users", "OK", 0.003);
    open.metrics.graphqlAnswered("none", "", "BAD_USER_INPUT", 0.001);
    expect(await samples("eventql_graphql_operation_duration_seconds_count")).toEqual([
      { labels: { graphql_operation_type: "query", eventql_graphql_field: "users" }, value: 1 },
      { labels: { graphql_operation_type: "none", error_type: "BAD_USER_INPUT" }, value: 1 },
    ]);
  });

  test("subscriptions that run, and what they were sent", async () => {
    const { metrics } = open;
    for (const change of [1, 1, -1] as const) metrics.subscribers("userChanges", change);
    metrics.delivered("userChanges", 3);
    const labels = { eventql_graphql_field: "userChanges" };
    expect(await samples("eventql_graphql_active_subscriptions")).toEqual([{ labels, value: 1 }]);
    expect(await samples("eventql_graphql_deliveries_total")).toEqual([{ labels, value: 3 }]);
  });

  test("names that clients make up are one value, and so are those past the bound", async () => {
    const { metrics } = open;
    metrics.graphqlAnswered("query", 'x"} 1\nevil', "OK", 0.001);
    for (let index = 0; index < 5_000; index += 1) {
      metrics.graphqlAnswered("query", `field${index}`, "OK", 0.001);
      if (index % 1_000 === 0) await open.prometheus();
    }
    const counts = await samples("eventql_graphql_operation_duration_seconds_count");
    expect(counts).toHaveLength(501);
    const other = counts.find(({ labels }) => labels["eventql_graphql_field"] === "other");
    expect(other?.value).toBe(4_501);
  });
});

describe("gauges", () => {
  test("are read when somebody asks, and forget what is no more", async () => {
    let partitions = [0, 1];
    open.metrics.gauge("consumerLag", () =>
      partitions.map((number) => ({
        value: 10 + number,
        attributes: partitionAttributes({ ...of, partition: number }),
      })),
    );
    const values = async (): Promise<unknown> => (await samples("eventql_projection_lag")).map(({ value }) => value);
    expect(await values()).toEqual([10, 11]);
    partitions = [1];
    expect(await values()).toEqual([11]);
  });

  test("that fail are left out of that reading alone, and said once", async () => {
    let fails = true;
    open.metrics.gauge("catalogGeneration", () => {
      if (fails) throw new EventQLError("REGISTRY_UNAVAILABLE", "it is away");
      return [{ value: 3, attributes: {} }];
    });
    open.metrics.gauge("parkedKeys", () => [{ value: 1, attributes: {} }]);
    for (const _ of [1, 2]) {
      expect(await samples("eventql_catalog_generation")).toEqual([]);
      expect(await samples("eventql_projection_parked_keys")).toHaveLength(1);
    }
    expect(warn.mock.calls).toEqual([[{ gauge: "catalogGeneration", error: "it is away" }, expect.any(String)]]);
    fails = false;
    expect(await samples("eventql_catalog_generation")).toEqual([{ labels: {}, value: 3 }]);
  });

  test("that never answer keep nobody waiting", { timeout: 10_000 }, async () => {
    open.metrics.gauge("consumerLag", async () => await new Promise(() => {}));
    open.metrics.gauge("parkedKeys", () => [{ value: 1, attributes: {} }]);
    const text = await open.prometheus();
    expect(text).toContain("eventql_projection_parked_keys 1");
    expect(text).not.toContain("eventql_projection_lag");
  });

  test("are read by what was set last", async () => {
    for (const value of [1, 2]) open.metrics.gauge("catalogGeneration", () => [{ value, attributes: {} }]);
    expect(await samples("eventql_catalog_generation")).toEqual([{ labels: {}, value: 2 }]);
  });
});

test("the environment names the service otherwise", async () => {
  vi.stubEnv("OTEL_SERVICE_NAME", "shop");
  vi.stubEnv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test");
  await using named = disposable(createMetrics({ messagingSystem: "eventql", version: "1", logger: silentLogger }));
  vi.unstubAllEnvs();
  const [target] = samplesOf(await named.open.prometheus());
  expect(target).toMatchObject({ labels: { service_name: "shop", deployment_environment_name: "test" } });
});

function disposable(opened: OpenMetrics): { open: OpenMetrics } & AsyncDisposable {
  return { open: opened, [Symbol.asyncDispose]: opened.shutdown };
}
