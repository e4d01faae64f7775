import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  type CollectionResult,
  InstrumentType,
  MetricReader,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { Instrument } from "./instruments.ts";

/** ms that one gauge's reading may take. */
const GAUGE_TIMEOUT = 2_000;

/** Prometheus' words for the units that we use. */
const WORDS: Readonly<Record<string, string>> = { s: "seconds", By: "bytes", "1": "ratio" };

/** Reads all instruments when somebody asks. */
export class ScrapeReader extends MetricReader {
  readonly #serializer = new PrometheusSerializer("", false, undefined, false, true);
  #scrape: Promise<string> | undefined;

  constructor() {
    // Cumulative, the SDK would go on reporting the last value of what a gauge has no value for any more.
    super({
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE,
    });
  }

  /** Prometheus' text form, version 0.0.4; who asks while another one does gets the same answer. */
  async text(): Promise<string> {
    this.#scrape ??= this.#read();
    try {
      return await this.#scrape;
    } finally {
      this.#scrape = undefined;
    }
  }

  async #read(): Promise<string> {
    const { resourceMetrics }: CollectionResult = await this.collect({ timeoutMillis: GAUGE_TIMEOUT });
    return this.#serializer.serialize(withUnits(resourceMetrics));
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}

/** What an instrument is called in the text: its name with the unit, underscores for dots, counters with `_total`. */
export function prometheusName({ name, unit, kind }: Pick<Instrument, "name" | "unit" | "kind">): string {
  return `${nameWithUnit(name, unit).replaceAll(".", "_")}${kind === "counter" ? "_total" : ""}`;
}

/** The SDK's serializer leaves out the unit, which OpenTelemetry's rules for Prometheus ask for as a suffix. */
function nameWithUnit(name: string, unit: string): string {
  const word = WORDS[unit];
  return word === undefined ? name : `${name}.${word}`;
}

function withUnits(metrics: ResourceMetrics): ResourceMetrics {
  return {
    ...metrics,
    scopeMetrics: metrics.scopeMetrics.map((scope) => ({
      ...scope,
      metrics: scope.metrics.map((metric) => {
        const { name, unit } = metric.descriptor;
        return { ...metric, descriptor: { ...metric.descriptor, name: nameWithUnit(name, unit), unit: "" } };
      }),
    })),
  };
}
