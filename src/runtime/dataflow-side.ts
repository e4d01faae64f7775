import type { EventCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Config } from "../config.ts";
import type { StreamStatus } from "../dataflow/stream-status.ts";
import { startStreams } from "../dataflow/streams.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracer } from "../telemetry/tracing.ts";
import type { Ports } from "./prepare.ts";
import { wantedStreams } from "./streams/only.ts";
import { type StreamProblem, streamProblems } from "./streams/stream-problems.ts";
import { gaugeStreams } from "./streams/stream-report.ts";

/** What the dataflow's side of a process works with. */
export interface DataflowSideOptions {
  readonly ports: Ports;
  readonly config: Config;
  readonly catalog: LiveCatalog;
  readonly codec: EventCodec;
  /** Who writes, as the CloudEvents attribute `source` has it. */
  readonly source: string;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracer: Tracer;
  /** Streams that others run: to intermediate topics. */
  readonly copies: () => readonly StreamStatus[];
}

/** The streams without state that a process runs. */
export interface DataflowSide {
  status(): readonly StreamStatus[];
  /** Streams that the newest catalog doesn't allow, and why: they rest until it does. */
  problems(): readonly StreamProblem[];
  /** Whether all have once taken all events, as far as they go on. */
  caughtUp(): boolean;
  /** Has the owner of a partition look at once what is asked for about its dead letters. */
  wake(of: TopicPartition): void;
  /** There may be other topics, or another catalog. */
  topicsChanged(): void;
  /** Ends what is under way. */
  stop(): Promise<void>;
}

/** Starts the streams that the configuration lists, where the process has the projector's role. */
export function startDataflowSide({ config, catalog, copies, ...options }: DataflowSideOptions): DataflowSide {
  const { ports, metrics, logger } = options;
  const wanted = config.roles.includes("projector") ? wantedStreams(config) : [];
  let resting: readonly StreamProblem[] = [];
  const allowed = (): readonly Stream[] => {
    const problems = streamProblems(wanted, catalog.current());
    for (const { stream, problem } of problems)
      if (!resting.some((known) => known.stream === stream && known.problem === problem))
        logger.error({ stream, problem }, "a stream rests: the catalog does not allow it any more");
    resting = problems;
    return wanted.filter(({ name }) => !problems.some(({ stream }) => stream === name));
  };
  const { log, readModel } = ports;
  const { groupPrefix } = config.kafka;
  const streams = startStreams({
    ...options,
    log,
    readModel,
    catalog,
    groupPrefix,
    streams: onceFor(catalog, allowed),
  });
  const status = (): readonly StreamStatus[] => [...streams.status(), ...copies()];
  gaugeStreams(metrics, log, status);
  return {
    status,
    problems: () => resting,
    caughtUp: () => streams.caughtUp(),
    wake: (of) => {
      streams.wake(of);
    },
    topicsChanged: () => {
      streams.streamsChanged();
    },
    stop: async () => {
      await streams.stop();
    },
  };
}

/** Computed once for a catalog. */
function onceFor(catalog: Pick<LiveCatalog, "current">, compute: () => readonly Stream[]): () => readonly Stream[] {
  let of: unknown;
  let known: readonly Stream[] = [];
  return () => {
    const current = catalog.current();
    if (current !== of) known = compute();
    of = current;
    return known;
  };
}
