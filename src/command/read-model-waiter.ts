import { EventQLError } from "../errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import { type Position, partitionId } from "../model/position.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { ProjectionOutcome, ProjectionWaiter } from "./projection-waiter.ts";

/** What waiting needs. */
export interface WaiterOptions {
  readonly readModel: ReadModel;
  /** The projection whose checkpoints count. */
  readonly projection: string;
  /** The collection of its dead letters, and the identifier there of a position. */
  readonly deadLetters: { readonly collection: string; idOf(position: Position): string };
  /** More than this many waits at a time are refused. */
  readonly maxWaiters: number;
}

interface Waiting {
  readonly offset: number;
  readonly resolve: () => void;
}

/** Waits by the checkpoints that the read model tells of, whichever process moves them. */
export function createWaiter(options: WaiterOptions): ProjectionWaiter {
  return new ReadModelWaiter(options);
}

class ReadModelWaiter implements ProjectionWaiter {
  readonly #options: WaiterOptions;
  readonly #next = new Map<string, number>();
  readonly #waiting = new Map<string, Set<Waiting>>();
  #count = 0;
  #watch: Promise<() => Promise<void>> | undefined;

  constructor(options: WaiterOptions) {
    this.#options = options;
  }

  async wait(position: Position, timeoutMs: number): Promise<ProjectionOutcome> {
    if (this.#count >= this.#options.maxWaiters) {
      throw new EventQLError("LIMIT_EXCEEDED", "Too many requests wait for the projection: try again, or don't wait.");
    }
    this.#count += 1;
    try {
      await this.#watching();
      if (!this.#hasPassed(position)) await this.#passing(position, timeoutMs);
    } finally {
      this.#count -= 1;
    }
    return await this.#outcome(position);
  }

  async close(): Promise<void> {
    const stop = await this.#watch;
    await stop?.();
  }

  /** Starts watching at the first wait; a failure is told to those who wait, and tried again by the next. */
  async #watching(): Promise<void> {
    this.#watch ??= this.#startWatching();
    try {
      await this.#watch;
    } catch (error) {
      this.#watch = undefined;
      throw error;
    }
  }

  async #startWatching(): Promise<() => Promise<void>> {
    const { readModel, projection } = this.#options;
    const stop = await readModel.watchCheckpoints((checkpoint) => {
      if (checkpoint.projection === projection) this.#moved(checkpoint);
    });
    for (const checkpoint of await readModel.checkpoints(projection)) this.#moved(checkpoint);
    return stop;
  }

  #moved(checkpoint: Checkpoint): void {
    const id = partitionId(checkpoint);
    const next = Math.max(checkpoint.next, this.#next.get(id) ?? 0);
    this.#next.set(id, next);
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    for (const one of waiting) if (one.offset < next) one.resolve();
  }

  #hasPassed(position: Position): boolean {
    return position.offset < (this.#next.get(partitionId(position)) ?? 0);
  }

  async #passing(position: Position, timeoutMs: number): Promise<void> {
    const id = partitionId(position);
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

  async #outcome(position: Position): Promise<ProjectionOutcome> {
    const { readModel, deadLetters } = this.#options;
    const filter = { _id: deadLetters.idOf(position) };
    const [letter] = await readModel.find(deadLetters.collection, {
      filter,
      limit: 1,
      fields: ["waiting"],
      causal: true,
    });
    if (letter === undefined) return "PROJECTED";
    return letter["waiting"] === true ? "KEY_PARKED" : "DEAD_LETTERED";
  }
}

function notYet(timeoutMs: number): EventQLError {
  return new EventQLError(
    "NOT_YET_PROJECTED",
    `The projection did not reach the receipt within ${timeoutMs} ms: ask again, or give it more time.`,
  );
}
