import { EventQLError, isEventQLError } from "../errors.ts";
import { type Checkpoint, checkpointId } from "../model/checkpoint.ts";
import { ORIGIN } from "../model/origin.ts";
import { type Position, type TopicPartition, positionId } from "../model/position.ts";
import type { Filter, ReadModel } from "../read-model/read-model.ts";
import { type CopiesOptions, copiesPassed } from "./copies-passed.ts";
import type { ProjectionOutcome, ProjectionWaiter, WaitedProjection } from "./projection-waiter.ts";
import { sharedReads } from "./shared-reads.ts";

/** What waiting needs. */
export interface WaiterOptions {
  readonly readModel: ReadModel;
  /** The projection whose checkpoints count of a topic where none is named, as of now. */
  projectionOf(topic: string): string;
  /** The collection of dead letters, and the identifier there of a projection's position. */
  readonly deadLetters: { readonly collection: string; idOf(position: Position, projection: string): string };
  /** Follows events through intermediate topics. Default: nobody can wait for what comes through one. */
  readonly copies?: CopiesOptions;
  /** More than this many waits at a time are refused. */
  readonly maxWaiters: number;
}

interface Waiting {
  readonly offset: number;
  readonly resolve: () => void;
}

/** One that is told when the projection of a topic may have become another one. */
export interface FollowingWaiter extends ProjectionWaiter {
  moved(): void;
}

/** Waits by the checkpoints that the read model tells of, whichever process moves them. */
export function createWaiter(options: WaiterOptions): FollowingWaiter {
  return new ReadModelWaiter(options);
}

class ReadModelWaiter implements FollowingWaiter {
  readonly #options: WaiterOptions;
  readonly #copies: CopiesOptions | undefined;
  /** By checkpoint, of projections that were waited for. */
  readonly #next = new Map<string, number>();
  readonly #read = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Set<Waiting>>();
  /** Resolved when a topic's projection may have become another one. */
  #projections: PromiseWithResolvers<void> = Promise.withResolvers();
  #count = 0;
  #watch: Promise<() => Promise<void>> | undefined;

  constructor(options: WaiterOptions) {
    this.#options = options;
    this.#copies = options.copies && { ...options.copies, log: sharedReads(options.copies.log) };
  }

  async wait(position: Position, timeoutMs: number, of?: WaitedProjection): Promise<ProjectionOutcome> {
    if (this.#count >= this.#options.maxWaiters) {
      throw new EventQLError("LIMIT_EXCEEDED", "Too many requests wait for the projection: try again, or don't wait.");
    }
    this.#count += 1;
    try {
      if (of?.through !== undefined) {
        await this.#watching(of.projection);
        return await this.#copied(of.projection, of.through, position, timeoutMs);
      }
      const projection = await this.#passedBy(of?.projection, position, timeoutMs);
      return await this.#outcome([{ _id: this.#options.deadLetters.idOf(position, projection) }]);
    } finally {
      this.#count -= 1;
    }
  }

  moved(): void {
    const { resolve } = this.#projections;
    this.#projections = Promise.withResolvers();
    resolve();
  }

  /** The projection that has passed the position: where none is named, what is the topic's may become another one. */
  async #passedBy(named: string | undefined, position: Position, timeoutMs: number): Promise<string> {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const moved = this.#projections.promise;
      const projection = named ?? this.#options.projectionOf(position.topic);
      await this.#watching(projection);
      const passed = this.#passed(projection, position, Math.max(1, end - performance.now())).then(
        () => true,
        (error: unknown) => {
          throw isEventQLError(error, "NOT_YET_PROJECTED") ? notYet(timeoutMs) : error;
        },
      );
      if (named !== undefined || (await Promise.race([passed, moved.then(() => false)]))) {
        await passed;
        return projection;
      }
      passed.catch(() => {});
    }
  }

  async close(): Promise<void> {
    const stop = await this.#watch;
    await stop?.();
  }

  /** Starts watching at the first wait; a failure is told to those who wait, and tried again by the next. */
  async #watching(projection: string): Promise<void> {
    this.#watch ??= this.#startWatching();
    try {
      await this.#watch;
    } catch (error) {
      this.#watch = undefined;
      throw error;
    }
    const reading = this.#read.get(projection) ?? this.#readCheckpoints(projection);
    this.#read.set(projection, reading);
    try {
      await reading;
    } catch (error) {
      this.#read.delete(projection);
      throw error;
    }
  }

  async #startWatching(): Promise<() => Promise<void>> {
    return await this.#options.readModel.watchCheckpoints((checkpoint) => {
      if (this.#read.has(checkpoint.projection)) this.#moved(checkpoint);
    });
  }

  async #readCheckpoints(projection: string): Promise<void> {
    for (const checkpoint of await this.#options.readModel.checkpoints(projection)) this.#moved(checkpoint);
  }

  #moved(checkpoint: Checkpoint): void {
    const id = idOf(checkpoint.projection, checkpoint);
    const next = Math.max(checkpoint.next, this.#next.get(id) ?? 0);
    this.#next.set(id, next);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    for (const one of waiting) if (one.offset < next) one.resolve();
  }

  /** Resolves when the projection's checkpoint is behind the position. */
  async #passed(projection: string, position: Position, timeoutMs: number): Promise<void> {
    const id = idOf(projection, position);
    if (position.offset < (this.#next.get(id) ?? 0)) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const one: Waiting = { offset: position.offset, resolve };
    const waiting = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, waiting.add(one));
    const timer = setTimeout(() => {
      reject(notYet(timeoutMs));
    }, timeoutMs);
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      waiting.delete(one);
      if (waiting.size === 0) this.#waiting.delete(id);
    }
  }

  /** Waits until the event was copied to the intermediate topic, and all that stands there then was passed. */
  async #copied(
    projection: string,
    through: string,
    position: Position,
    timeoutMs: number,
  ): Promise<ProjectionOutcome> {
    const { deadLetters } = this.#options;
    const copies = this.#copies;
    if (copies === undefined)
      throw new EventQLError("INTERNAL", "Nobody here can wait for what comes through a topic.");
    const end = performance.now() + timeoutMs;
    const left = (): number => {
      const ms = end - performance.now();
      if (ms <= 0) throw notYet(timeoutMs);
      return ms;
    };
    const nextOf = (partition: number): number => this.#next.get(idOf(projection, { topic: through, partition })) ?? 0;
    const passed = async (partition: number, offset: number): Promise<void> =>
      await this.#passed(projection, { topic: through, partition, offset }, left());
    await copiesPassed({ ...copies, through, position, left, nextOf, passed });
    const copy = { key: ORIGIN, value: positionId(position) };
    return await this.#outcome([
      { _id: deadLetters.idOf(position, through) },
      { projection, topic: through, headers: { $elemMatch: copy } },
    ]);
  }

  async #outcome(filters: readonly Filter[]): Promise<ProjectionOutcome> {
    const { readModel, deadLetters } = this.#options;
    const found = await Promise.all(
      filters.map(
        async (filter) =>
          await readModel.find(deadLetters.collection, { filter, limit: 1, fields: ["waiting"], causal: true }),
      ),
    );
    const [letter] = found.flat();
    if (letter === undefined) return "PROJECTED";
    return letter["waiting"] === true ? "KEY_PARKED" : "DEAD_LETTERED";
  }
}

function idOf(projection: string, { topic, partition }: TopicPartition): string {
  return checkpointId({ projection, topic, partition });
}

function notYet(timeoutMs: number): EventQLError {
  return new EventQLError(
    "NOT_YET_PROJECTED",
    `The projection did not reach the receipt within ${timeoutMs} ms: ask again, or give it more time.`,
  );
}
