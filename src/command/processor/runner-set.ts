import type { Catalog } from "../../catalog/types.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { partitionId } from "../../model/position.ts";
import { shareOut } from "./assignment.ts";
import type { MarkerGuess } from "./log-ends.ts";
import type { ProcessorServices } from "./options.ts";
import { type OwnedTopic, ownedAggregates } from "./owned-topics.ts";
import { PartitionRunner } from "./partition-runner.ts";
import { type Rules, rulesOf } from "./rules.ts";
import type { OwnedPartition } from "./session.ts";

/** The members of the group, and which one this process is. */
export interface Members {
  readonly self: string;
  readonly all: readonly string[];
}

/** The partitions of commands that there are, and which of them are this process's. */
export class RunnerSet {
  readonly #services: ProcessorServices;
  readonly #runners = new Map<string, PartitionRunner>();
  readonly #rules = new WeakMap<object, Rules>();
  /** Of all partitions alike, for one log has them all. */
  readonly #markers: MarkerGuess = { offsets: 0 };
  #members: Members | undefined;

  constructor(services: ProcessorServices) {
    this.#services = services;
  }

  /** By partition of commands; it changes as topics come and go. */
  get runners(): ReadonlyMap<string, PartitionRunner> {
    return this.#runners;
  }

  /** Takes over which topics there are; resolves when those that are gone are given up. */
  async adopt(topics: readonly OwnedTopic[]): Promise<void> {
    const places = topics.flatMap(({ places: own, halted }) => own.map((place) => ({ place, halted })));
    const wanted = new Map(places.map((each) => [partitionId(each.place.of), each]));
    for (const [id, runner] of this.#runners) {
      const now = wanted.get(id);
      if (now !== undefined && isSame(now.place, runner.place) && (now.halted === undefined) === !runner.isHalted)
        continue;
      this.#runners.delete(id);
      await runner.stop();
    }
    for (const [id, { place, halted }] of wanted) {
      if (this.#runners.has(id)) continue;
      if (halted !== undefined && place.of.partition === 0)
        this.#services.logger.error({ code: halted.code }, halted.message);
      const rules = (): Rules | undefined => this.#rulesOf(place.topic);
      const options = { services: this.#services, place, markers: this.#markers, rules, halted };
      this.#runners.set(id, new PartitionRunner(options));
    }
    this.#share();
  }

  /** Takes over who shares the partitions. */
  share(members: Members): void {
    this.#members = members;
    this.#share();
  }

  /** A checkpoint has moved: those of the projections of its topics count, and those that count their settled letters. */
  moved({ projection, topic, partition, next }: Checkpoint): void {
    for (const runner of this.#runners.values()) {
      const { place } = runner;
      if (place.topic !== topic || !place.writes.includes(partition)) continue;
      if (place.projection === projection) runner.passed(partition, next);
      else if (this.#services.names.settled(place.projection) === projection) runner.settled(partition, next);
    }
  }

  /** Gives everything up. */
  async stop(): Promise<void> {
    await Promise.all([...this.#runners.values()].map(async (runner) => await runner.stop()));
  }

  #share(): void {
    const members = this.#members;
    if (members === undefined) return;
    const places = [...this.#runners.values()].map(({ place }) => place.of);
    const shared = shareOut(places, members.all);
    for (const [id, runner] of this.#runners) runner.want(shared.get(id) === members.self);
  }

  #rulesOf(topic: string): Rules | undefined {
    const catalog: Catalog = this.#services.catalog.current();
    const aggregate = ownedAggregates(catalog).find((each) => each.topic === topic);
    if (aggregate === undefined) return undefined;
    const rules = this.#rules.get(aggregate) ?? rulesOf(aggregate, this.#services.codec);
    if (rules !== undefined) this.#rules.set(aggregate, rules);
    return rules;
  }
}

function isSame(a: OwnedPartition, b: OwnedPartition): boolean {
  const isOfSame = a.projection === b.projection;
  return isOfSame && a.partitions === b.partitions && a.writes.join() === b.writes.join();
}
