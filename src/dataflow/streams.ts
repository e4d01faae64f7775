import { messageOf } from "../errors.ts";
import { pause, retryUntilDone } from "../event-log/backoff.ts";
import type { TopicDescription } from "../event-log/event-log.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import { noMetrics } from "../telemetry/metrics.ts";
import { noTracer } from "../telemetry/tracing.ts";
import { type StreamConsumer, consumeStream } from "./stream-consumer.ts";
import type { StreamServices } from "./stream-services.ts";
import type { StreamStatus } from "./stream-status.ts";
import { TargetTopics } from "./target-topics.ts";

type Optional = "metrics" | "tracer" | "maxParkedKeys" | "maxBatchBytes" | "graceMs";

/** What streams are started with. */
export interface StreamsOptions extends Omit<StreamServices, Optional> {
  /** Default: nothing is counted. */
  readonly metrics?: StreamServices["metrics"];
  /** Default: nothing is traced. */
  readonly tracer?: StreamServices["tracer"];
  /** Default 1,000. */
  readonly maxParkedKeys?: number;
  readonly maxBatchBytes?: number;
  /** Default 10,000. */
  readonly graceMs?: number;
  /** The streams to run now. One of which the text changed is another one, and is started anew. */
  streams(): readonly Stream[];
  /** How often, in ms, missing topics are looked for. Default 5,000. */
  readonly lookMs?: number;
}

/** Streams without state, each on the partitions that its group gives to this process. */
export interface Streams {
  status(): readonly StreamStatus[];
  /** Whether all streams whose topics exist have once been at the log's end, as far as they go on. */
  caughtUp(): boolean;
  /** Looks at once which streams, and which topics of theirs, there are now. */
  streamsChanged(): void;
  /** Has the owner of a partition look at once what is asked for about its dead letters. */
  wake(of: TopicPartition): void;
  /** Ends what is under way, stores how far all are, and leaves the groups. */
  stop(): Promise<void>;
}

/** Starts the streams whose topics exist; the others follow when theirs do. */
export function startStreams(options: StreamsOptions): Streams {
  const services: StreamServices = {
    metrics: noMetrics,
    tracer: noTracer,
    maxParkedKeys: 1_000,
    maxBatchBytes: undefined,
    graceMs: 10_000,
    ...options,
  };
  const running = new RunningStreams(services, () => options.streams(), options.lookMs ?? 5_000);
  running.start();
  return running;
}

/** The topics that a stream writes to. */
export function targetsOf({ sink }: Stream): readonly string[] {
  return sink.kind === "topics" ? [...new Set(sink.branches.map(({ topic }) => topic))] : [];
}

/** All that is said of a stream: its functions as they are written. */
function textOf(stream: Stream): string {
  return JSON.stringify(stream, (_name, value: unknown) => (typeof value === "function" ? String(value) : value));
}

interface Running {
  readonly stream: Stream;
  /** The sources that it reads. */
  readonly sources: readonly string[];
  readonly consumer: StreamConsumer;
}

/** The longest that a timer takes, 25 days. */
const FOREVER_MS = 2 ** 31 - 1;

class RunningStreams implements Streams {
  readonly #services: StreamServices;
  readonly #streams: () => readonly Stream[];
  readonly #lookMs: number;
  readonly #targets: TargetTopics;
  readonly #stop = new AbortController();
  readonly #running = new Map<string, Running>();
  #changed = new AbortController();
  #existing: ReadonlyMap<string, TopicDescription> = new Map();
  #looked = false;
  readonly #announced = new Set<string>();
  #looking: Promise<void> = Promise.resolve();

  constructor(services: StreamServices, streams: () => readonly Stream[], lookMs: number) {
    this.#services = services;
    this.#streams = streams;
    this.#lookMs = lookMs;
    this.#targets = new TargetTopics(services.log);
  }

  start(): void {
    this.#looking = this.#look();
  }

  status(): readonly StreamStatus[] {
    return this.#streams().map((stream) => {
      const partitions = this.#running.get(stream.name)?.consumer.status() ?? [];
      const isSettled = partitions.every(
        (of) => of.caughtUp || of.halted !== undefined || of.waitingForCatalog !== undefined,
      );
      return { stream: stream.name, missing: this.#missingOf(stream), partitions, caughtUp: isSettled };
    });
  }

  caughtUp(): boolean {
    return this.#looked && this.status().every(({ caughtUp }) => caughtUp);
  }

  streamsChanged(): void {
    this.#changed.abort();
  }

  wake(of: TopicPartition): void {
    for (const { consumer } of this.#running.values()) consumer.wake(of);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#looking;
    await Promise.all([...this.#running.values()].map(async ({ consumer }) => await consumer.stop()));
  }

  async #look(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      this.#changed = new AbortController();
      await retryUntilDone(async () => await this.#adopt(), {
        signal,
        onFailure: (error, pauseMs) => {
          const message = "streams could not be started; it is tried again";
          this.#services.logger.warn({ error: messageOf(error), pauseMs }, message);
        },
      });
      this.#looked = true;
      const isComplete = this.#streams().every((stream) => this.#missingOf(stream).length === 0);
      await pause(isComplete ? FOREVER_MS : this.#lookMs, AbortSignal.any([signal, this.#changed.signal]));
    }
  }

  async #adopt(): Promise<void> {
    const wanted = this.#streams();
    const topics = [...new Set(wanted.flatMap((stream) => [...stream.from, ...targetsOf(stream)]))];
    const found = topics.length === 0 ? [] : await this.#services.log.describeTopics(topics);
    this.#existing = new Map(found.map((topic) => [topic.name, topic]));
    const texts = new Set(wanted.map(textOf));
    for (const { stream } of this.#running.values()) {
      if (!texts.has(textOf(stream))) await this.#end(stream.name);
    }
    for (const stream of wanted) {
      this.#announce(stream);
      await this.#keepTo(stream);
    }
  }

  /** A member of a group has one list of topics: it is started anew with another one. */
  async #keepTo(stream: Stream): Promise<void> {
    const isWritable = targetsOf(stream).every((topic) => this.#existing.has(topic));
    const sources = isWritable ? stream.from.flatMap((topic) => this.#existing.get(topic) ?? []) : [];
    const names = sources.map(({ name }) => name);
    if (this.#running.get(stream.name)?.sources.join() === names.join()) return;
    await this.#end(stream.name);
    if (names.length === 0 || this.#stop.signal.aborted) return;
    const consumer = await consumeStream({ services: this.#services, stream, sources, targets: this.#targets });
    this.#running.set(stream.name, { stream, sources: names, consumer });
  }

  async #end(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await running?.consumer.stop();
  }

  #missingOf(stream: Stream): readonly string[] {
    return [...stream.from, ...targetsOf(stream)].filter((topic) => !this.#existing.has(topic));
  }

  #announce(stream: Stream): void {
    for (const topic of this.#missingOf(stream)) {
      const place = `${stream.name} ${topic}`;
      if (this.#announced.has(place)) continue;
      this.#announced.add(place);
      const message = "topic of a stream does not exist yet: create it, or start with --create-topics";
      this.#services.logger.warn({ stream: stream.name, topic }, message);
    }
  }
}
