import type { Aggregate, Catalog } from "../../catalog/types.ts";
import { repartitionOf } from "../../catalog/projections/repartition.ts";
import type { StreamStatus } from "../../dataflow/stream-status.ts";
import { type Streams, type StreamsOptions, startStreams } from "../../dataflow/streams.ts";
import type { EventLog } from "../../event-log/event-log.ts";
import type { Emit } from "../../fold/emit.ts";
import type { Stream } from "../../model/stream.ts";
import type { Beside } from "../../projector/builds/beside.ts";
import { codeProjection } from "../../projector/code-projection.ts";
import type { TopicProjection } from "../../projector/projection.ts";
import { type Supervisor, type SupervisorOptions, superviseProjector } from "../../projector/supervisor.ts";
import { createIntermediateTopics } from "./intermediate-topics.ts";

/** What running projections in code needs, besides what each projector does. */
export interface RunProjectionsOptions extends Omit<SupervisorOptions, "log" | "group" | "projections" | "topics"> {
  readonly log: Pick<EventLog, "describeTopics" | "createTopics" | "consume">;
  /** What the names of consumer groups begin with. */
  readonly groupPrefix: string;
  /** The newest catalog. */
  readonly current: () => Catalog;
  /** Whether a projection is to be run here: not one that was refused, or that runs elsewhere. */
  readonly isWanted: (projection: string) => boolean;
  /** What copies events to intermediate topics. */
  readonly streams: Omit<StreamsOptions, "streams">;
  /** The builds of a projection that are made beside it. Default: none. */
  besideOf?(projection: string): Beside;
  /** Of builds that are made apart from the live ones: events are copied for them too. Default: none. */
  apart?(): readonly Aggregate[];
  /** How events that its rules write are made ready. Default: they write none. */
  readonly emitOf?: (aggregate: Aggregate) => Emit | undefined;
}

/** Runs projections in code, and what copies events to their intermediate topics. */
export interface ProjectionsSupervisor extends Supervisor {
  /** The streams to intermediate topics. */
  copies(): readonly StreamStatus[];
}

/** Runs the projections in code of the newest catalog, each in a consumer group of its own: one does not hold up another. */
export function runProjections(options: RunProjectionsOptions): ProjectionsSupervisor {
  const running = new RunningProjections(options);
  running.topicsChanged();
  return running;
}

class RunningProjections implements ProjectionsSupervisor {
  readonly #options: RunProjectionsOptions;
  readonly #supervisors = new Map<string, Supervisor>();
  readonly #ending = new Set<Promise<void>>();
  readonly #streams: Streams;

  constructor(options: RunProjectionsOptions) {
    this.#options = options;
    const aggregates = (): readonly Aggregate[] => [...this.#wanted().values(), ...(options.apart?.() ?? [])];
    const wanted = (): readonly Stream[] => [...new Set(aggregates().flatMap((each) => repartitionOf(each) ?? []))];
    this.#streams = startStreams({ ...options.streams, streams: wanted });
  }

  topicsChanged(): void {
    const wanted = this.#wanted();
    for (const [name, supervisor] of this.#supervisors) {
      if (wanted.has(name)) supervisor.topicsChanged();
      else this.#end(name, supervisor);
    }
    for (const name of wanted.keys())
      if (!this.#supervisors.has(name)) this.#supervisors.set(name, this.#supervise(name));
    this.#streams.streamsChanged();
  }

  caughtUp(): boolean {
    return this.#streams.caughtUp() && this.#all().every((supervisor) => supervisor.caughtUp());
  }

  status(): ReturnType<Supervisor["status"]> {
    return [...this.#supervisors].flatMap(([projection, supervisor]) =>
      supervisor.status().map((of) => ({ ...of, projection })),
    );
  }

  copies(): readonly StreamStatus[] {
    return this.#streams.status();
  }

  missing(): readonly string[] {
    return [...new Set(this.#all().flatMap((supervisor) => supervisor.missing()))];
  }

  wake(of?: Parameters<Supervisor["wake"]>[0]): void {
    for (const supervisor of this.#all()) supervisor.wake(of);
    if (of !== undefined) this.#streams.wake(of);
  }

  buildsChanged(): void {
    for (const supervisor of this.#all()) supervisor.buildsChanged();
  }

  async stop(): Promise<void> {
    await this.#streams.stop();
    for (const [name, supervisor] of this.#supervisors) this.#end(name, supervisor);
    await Promise.all(this.#ending);
  }

  #all(): readonly Supervisor[] {
    return [...this.#supervisors.values()];
  }

  #end(name: string, supervisor: Supervisor): void {
    this.#supervisors.delete(name);
    const ending = supervisor.stop().finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
  }

  #wanted(): ReadonlyMap<string, Aggregate> {
    const { current, isWanted } = this.#options;
    const inCode = current().aggregates.flatMap((aggregate) =>
      aggregate.projected === undefined ? [] : [[aggregate.projected.projection.name, aggregate] as const],
    );
    return new Map(inCode.filter(([name]) => isWanted(name)));
  }

  #supervise(name: string): Supervisor {
    const { log: _log, streams: _streams, groupPrefix, ...shared } = this.#options;
    const projection = this.#projectionOf(name);
    return superviseProjector({
      ...shared,
      logger: shared.logger.child({ projection: name }),
      log: this.#logOf(name),
      group: `${groupPrefix}-${name}`,
      ...(this.#options.besideOf && { beside: this.#options.besideOf(name) }),
      projections: () => new Map([projection()].flatMap((each) => (each === undefined ? [] : [[each.topic, each]]))),
      topics: () => [projection()].flatMap((each) => each?.topic ?? []),
    });
  }

  /** Looking for topics makes those that EventQL itself has to make, as soon as their sources are there. */
  #logOf(name: string): SupervisorOptions["log"] {
    const { log } = this.#options;
    return {
      consume: log.consume.bind(log),
      describeTopics: async (topics) => {
        const aggregate = this.#wanted().get(name);
        if (aggregate !== undefined) await createIntermediateTopics(log, [aggregate]);
        return await log.describeTopics(topics);
      },
    };
  }

  /** Computed once per catalog. */
  #projectionOf(name: string): () => TopicProjection | undefined {
    const { current, emitOf } = this.#options;
    let of: Catalog | undefined;
    let projection: TopicProjection | undefined;
    return () => {
      const catalog = current();
      if (catalog === of) return projection;
      const aggregate = catalog.aggregates.find(({ projected }) => projected?.projection.name === name);
      const { generation } = catalog;
      projection = aggregate && codeProjection(aggregate, { generation, emit: emitOf?.(aggregate) });
      of = catalog;
      return projection;
    };
  }
}

/** Several supervisors as one. */
export function joinSupervisors(first: Supervisor, second: Supervisor): Supervisor {
  const both = [first, second];
  return {
    caughtUp: () => both.every((each) => each.caughtUp()),
    status: () => both.flatMap((each) => each.status()),
    missing: () => [...new Set(both.flatMap((each) => each.missing()))],
    topicsChanged: () => both.forEach((each) => each.topicsChanged()),
    wake: (of) => both.forEach((each) => each.wake(of)),
    buildsChanged: () => both.forEach((each) => each.buildsChanged()),
    stop: async () => void (await Promise.all(both.map(async (each) => await each.stop()))),
  };
}
