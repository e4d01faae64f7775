import type { Meter, ObservableResult } from "@opentelemetry/api";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { getHeapSpaceStatistics } from "node:v8";
import type { Instrument } from "./instruments.ts";
import { ATTRIBUTE } from "./semantic-conventions.ts";

const NANOSECONDS = 1e9;
const MICROSECONDS = 1e6;

type ProcessInstrument =
  "cpuTime" | "delayMax" | "delayP50" | "delayP99" | "heapUsed" | "memory" | "uptime" | "utilization";

/** Everything that is measured of the process, as OpenTelemetry's conventions for processes, Node and V8 name it. */
export const PROCESS_INSTRUMENTS: Readonly<Record<ProcessInstrument, Instrument>> = {
  cpuTime: {
    name: "process.cpu.time",
    kind: "counter",
    unit: "s",
    description: "Processor time that the process has used.",
    attributes: [ATTRIBUTE.cpuMode],
  },
  memory: {
    name: "process.memory.usage",
    kind: "gauge",
    unit: "By",
    description: "Physical memory in use.",
    attributes: [],
  },
  uptime: {
    name: "process.uptime",
    kind: "gauge",
    unit: "s",
    description: "How long the process has run.",
    attributes: [],
  },
  heapUsed: {
    name: "v8js.memory.heap.used",
    kind: "gauge",
    unit: "By",
    description: "Memory in use in each space of V8's heap.",
    attributes: [ATTRIBUTE.heapSpace],
  },
  delayP50: delay("p50", "The median of the event loop's delays since the last reading."),
  delayP99: delay("p99", "The 99th percentile of the event loop's delays since the last reading."),
  delayMax: delay("max", "The longest delay of the event loop since the last reading."),
  utilization: {
    name: "nodejs.eventloop.utilization",
    kind: "gauge",
    unit: "1",
    description: "The share of its time that the event loop was busy, since the process began.",
    attributes: [],
  },
};

function delay(statistic: string, description: string): Instrument {
  return { name: `nodejs.eventloop.delay.${statistic}`, kind: "gauge", unit: "s", description, attributes: [] };
}

/** Measures the process whenever the meter is read; returns what ends it. */
export function observeProcess(meter: Meter): () => void {
  const instruments = PROCESS_INSTRUMENTS;
  const { cpuTime } = instruments;
  meter.createObservableCounter(cpuTime.name, cpuTime).addCallback(observeCpu);
  gauge(meter, instruments.memory, (result) => result.observe(process.memoryUsage.rss()));
  gauge(meter, instruments.uptime, (result) => result.observe(process.uptime()));
  gauge(meter, instruments.heapUsed, observeHeap);
  gauge(meter, instruments.utilization, (result) => result.observe(performance.eventLoopUtilization().utilization));
  return observeDelays(meter);
}

/** One histogram for all three: it begins anew once all are read. */
function observeDelays(meter: Meter): () => void {
  const { delayP50, delayP99, delayMax } = PROCESS_INSTRUMENTS;
  const delays = monitorEventLoopDelay({ resolution: 20 });
  delays.enable();
  const p50 = meter.createObservableGauge(delayP50.name, delayP50);
  const p99 = meter.createObservableGauge(delayP99.name, delayP99);
  const max = meter.createObservableGauge(delayMax.name, delayMax);
  meter.addBatchObservableCallback(
    (result) => {
      if (delays.count === 0) return;
      result.observe(p50, delays.percentile(50) / NANOSECONDS);
      result.observe(p99, delays.percentile(99) / NANOSECONDS);
      result.observe(max, delays.max / NANOSECONDS);
      delays.reset();
    },
    [p50, p99, max],
  );
  return () => {
    delays.disable();
  };
}

function gauge(meter: Meter, instrument: Instrument, read: (result: ObservableResult) => void): void {
  meter.createObservableGauge(instrument.name, instrument).addCallback(read);
}

function observeCpu(result: ObservableResult): void {
  const { user, system } = process.cpuUsage();
  result.observe(user / MICROSECONDS, { [ATTRIBUTE.cpuMode]: "user" });
  result.observe(system / MICROSECONDS, { [ATTRIBUTE.cpuMode]: "system" });
}

function observeHeap(result: ObservableResult): void {
  for (const { space_name: space, space_used_size: used } of getHeapSpaceStatistics()) {
    result.observe(used, { [ATTRIBUTE.heapSpace]: space });
  }
}
