import type { Histogram, Meter, ObservableResult } from "@opentelemetry/api";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { messageOf } from "../errors.ts";
import { boundedValues } from "./bounded-values.ts";
import { INSTRUMENTS, type Instrument } from "./instruments.ts";
import type { Logger } from "./logger.ts";
import type { GaugeName, Metrics, Sample } from "./metrics.ts";
import type { TelemetryOptions } from "./options.ts";
import { observeProcess } from "./process-metrics.ts";
import { ScrapeReader } from "./prometheus-text.ts";
import { resourceOf } from "./resource.ts";
import { ATTRIBUTE, type Attributes, partitionAttributes, topicAttributes } from "./semantic-conventions.ts";

/** Metrics of one process, and their text. */
export interface OpenMetrics {
  readonly metrics: Metrics;
  /** Everything as it is now, in Prometheus' text form (version 0.0.4). */
  readonly prometheus: () => Promise<string>;
  /** Ends measuring. */
  readonly shutdown: () => Promise<void>;
}

/** The most different topics, root fields and codes that metrics tell apart. */
const MAX_VALUES = 500;

/** Measures by OpenTelemetry, in a provider of its own: nothing global is touched. */
export function createMetrics({ messagingSystem, version, logger }: TelemetryOptions): OpenMetrics {
  const reader = new ScrapeReader();
  const provider = new MeterProvider({ resource: resourceOf(version), readers: [reader] });
  const meter = provider.getMeter("eventql", version);
  const gauges = createGauges(meter, logger);
  const stopObserving = observeProcess(meter);
  return {
    metrics: {
      ...projectionMetrics(meter, messagingSystem),
      ...streamMetrics(meter),
      ...commandMetrics(meter),
      ...servingMetrics(meter),
      gauge: gauges,
    },
    prometheus: async () => await reader.text(),
    async shutdown() {
      stopObserving();
      await provider.shutdown();
    },
  };
}

type Counts<K extends keyof Metrics> = Pick<Metrics, K>;

function projectionMetrics(
  meter: Meter,
  messagingSystem: string,
): Counts<"batchProjected" | "deadLettered" | "appended"> {
  const batchDuration = histogram(meter, INSTRUMENTS.batchDuration);
  const batchSize = histogram(meter, INSTRUMENTS.batchSize);
  const projected = meter.createCounter(INSTRUMENTS.projectedEvents.name, INSTRUMENTS.projectedEvents);
  const deadLetters = meter.createCounter(INSTRUMENTS.deadLetters.name, INSTRUMENTS.deadLetters);
  const appendDuration = histogram(meter, INSTRUMENTS.appendDuration);
  const topics = boundedValues(MAX_VALUES);
  const processing = operation(messagingSystem, "process");
  const sending = operation(messagingSystem, "send");
  return {
    batchProjected(of, events, seconds) {
      const topic = topicAttributes(topics(of.topic));
      projected.add(events, partitionAttributes({ ...of, topic: topics(of.topic) }));
      batchSize.record(events, topic);
      batchDuration.record(seconds, { ...processing, ...topic });
    },
    deadLettered(of, code, events) {
      const partition = partitionAttributes({ ...of, topic: topics(of.topic) });
      deadLetters.add(events, { ...partition, [ATTRIBUTE.errorType]: code });
    },
    appended(topic, code, seconds) {
      appendDuration.record(seconds, { ...sending, ...topicAttributes(topics(topic)), ...errorType(code) });
    },
  };
}

function streamMetrics(meter: Meter): Counts<"streamed" | "streamSetAside"> {
  const duration = histogram(meter, INSTRUMENTS.streamDuration);
  const taken = meter.createCounter(INSTRUMENTS.streamEvents.name, INSTRUMENTS.streamEvents);
  const writes = meter.createCounter(INSTRUMENTS.streamWrites.name, INSTRUMENTS.streamWrites);
  const letters = meter.createCounter(INSTRUMENTS.streamDeadLetters.name, INSTRUMENTS.streamDeadLetters);
  const topics = boundedValues(MAX_VALUES);
  const codes = boundedValues(MAX_VALUES);
  return {
    streamed({ stream, ...of }, events, written, seconds) {
      const topic = topics(of.topic);
      const partition = { [ATTRIBUTE.stream]: stream, ...partitionAttributes({ ...of, topic }) };
      taken.add(events, partition);
      writes.add(written, partition);
      duration.record(seconds, { [ATTRIBUTE.stream]: stream, ...topicAttributes(topic) });
    },
    streamSetAside({ stream, ...of }, code, events) {
      const partition = partitionAttributes({ ...of, topic: topics(of.topic) });
      letters.add(events, { [ATTRIBUTE.stream]: stream, ...partition, ...errorType(codes(code)) });
    },
  };
}

function commandMetrics(meter: Meter): Counts<"commandsCommitted" | "commandsDecided" | "commandsLoaded"> {
  const duration = histogram(meter, INSTRUMENTS.commandDuration);
  const size = histogram(meter, INSTRUMENTS.commandBatchSize);
  const load = histogram(meter, INSTRUMENTS.commandLoadDuration);
  const commands = meter.createCounter(INSTRUMENTS.commands.name, INSTRUMENTS.commands);
  const topics = boundedValues(MAX_VALUES);
  const codes = boundedValues(MAX_VALUES);
  return {
    commandsCommitted({ topic }, count, seconds) {
      size.record(count, topicAttributes(topics(topic)));
      duration.record(seconds, topicAttributes(topics(topic)));
    },
    commandsDecided(of, code, count) {
      const partition = partitionAttributes({ ...of, topic: topics(of.topic) });
      commands.add(count, { ...partition, ...errorType(codes(code)) });
    },
    commandsLoaded({ topic }, seconds) {
      load.record(seconds, topicAttributes(topics(topic)));
    },
  };
}

function servingMetrics(meter: Meter): Counts<"graphqlAnswered" | "subscribers" | "delivered" | "catalogRefreshed"> {
  const graphql = histogram(meter, INSTRUMENTS.graphqlDuration);
  const subscriptions = meter.createUpDownCounter(INSTRUMENTS.subscriptions.name, INSTRUMENTS.subscriptions);
  const deliveries = meter.createCounter(INSTRUMENTS.deliveries.name, INSTRUMENTS.deliveries);
  const refreshes = meter.createCounter(INSTRUMENTS.catalogRefreshes.name, INSTRUMENTS.catalogRefreshes);
  const fields = boundedValues(MAX_VALUES);
  const codes = boundedValues(MAX_VALUES);
  const ofField = (field: string): Attributes => ({ [ATTRIBUTE.graphqlField]: fields(field) });
  return {
    graphqlAnswered(type, field, code, seconds) {
      const what = { [ATTRIBUTE.graphqlOperation]: type, ...(field === "" ? {} : ofField(field)) };
      graphql.record(seconds, { ...what, ...errorType(codes(code)) });
    },
    subscribers(field, change) {
      subscriptions.add(change, ofField(field));
    },
    delivered(field, results) {
      deliveries.add(results, ofField(field));
    },
    catalogRefreshed(code) {
      refreshes.add(1, errorType(codes(code)));
    },
  };
}

/** Gauges are read when scraped. One that fails is left out of that scrape, and said once until it works again. */
function createGauges(meter: Meter, logger: Logger): Metrics["gauge"] {
  const readers = new Map<GaugeName, () => readonly Sample[] | Promise<readonly Sample[]>>();
  const failing = new Set<GaugeName>();
  const observe = async (name: GaugeName, result: ObservableResult): Promise<void> => {
    try {
      for (const { value, attributes } of (await readers.get(name)?.()) ?? []) result.observe(value, attributes);
      failing.delete(name);
    } catch (error) {
      if (!failing.has(name)) logger.warn({ gauge: name, error: messageOf(error) }, "a gauge could not be read");
      failing.add(name);
    }
  };
  return (name, read) => {
    const isNew = !readers.has(name);
    readers.set(name, read);
    if (!isNew) return;
    meter
      .createObservableGauge(INSTRUMENTS[name].name, INSTRUMENTS[name])
      .addCallback((result) => observe(name, result));
  };
}

function histogram(meter: Meter, instrument: Instrument): Histogram {
  const { name, unit, description, buckets = [] } = instrument;
  return meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...buckets] } });
}

function operation(messagingSystem: string, name: "send" | "process"): Attributes {
  return {
    [ATTRIBUTE.messagingSystem]: messagingSystem,
    [ATTRIBUTE.operationName]: name,
    [ATTRIBUTE.operationType]: name,
  };
}

/** The conventions give only what failed an error type. */
function errorType(code: string): Attributes {
  return code === "OK" ? {} : { [ATTRIBUTE.errorType]: code };
}
