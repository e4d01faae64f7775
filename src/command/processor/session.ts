import type { PartitionOwner } from "../../event-log/event-log.ts";
import { Wake } from "../../event-log/wake.ts";
import type { TopicPartition } from "../../model/position.ts";
import type { KeyStates } from "./key-states.ts";
import type { LogEnds } from "./log-ends.ts";
import type { SeenCommands } from "./seen-commands.ts";
import type { ParkedKeys } from "./parked-keys.ts";

/** A partition of commands, and where what follows from it is written. */
export interface OwnedPartition {
  /** Of commands. */
  readonly of: TopicPartition;
  /** Of events. */
  readonly topic: string;
  /** The projection whose documents and checkpoints count: a session is of one. */
  readonly projection: string;
  /** Of the topic of events. */
  readonly partitions: number;
  /** Those of its events that are written: its own, or with transactions all. */
  readonly writes: readonly number[];
}

/** Why a session is over: another owner took over, the outcome of a commit is unknown, or it isn't this process's now. */
export type SessionEnd = "fenced" | "unknown" | "given up";

/** What a session begins with. */
export interface SessionParts {
  readonly place: OwnedPartition;
  readonly owner: PartitionOwner;
  readonly next: number;
  readonly states: KeyStates;
  readonly seen: SeenCommands;
  readonly parked: ParkedKeys;
  readonly ends: LogEnds;
  /** Transactions that are invalid, as far as events say so that the projection hadn't passed. */
  readonly invalid: Set<number>;
  readonly loadMs: number;
}

/** The time that this process owns a partition of commands, and what it knows of it. */
export class Session {
  readonly parts: Readonly<SessionParts>;
  /** The offset of the next command to decide. */
  next: number;
  readonly #over = new AbortController();
  readonly #moved: Wake;
  /** By partition of events, how often dead letters of it were settled. */
  readonly #settled = new Map<number, number>();
  #end: SessionEnd | undefined;
  #idle: Promise<unknown> = Promise.resolve();

  constructor(parts: SessionParts) {
    this.parts = parts;
    this.next = parts.next;
    this.#moved = new Wake(this.#over.signal);
  }

  /** Aborted when it is over. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Why it is over; undefined: it isn't. */
  get end(): SessionEnd | undefined {
    return this.#end;
  }

  /** Ends it; the first reason counts. */
  finish(end: SessionEnd): void {
    this.#end ??= end;
    this.#over.abort();
  }

  /** Runs what has to end before the owner may be released. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#idle = running.catch(() => {});
    return await running;
  }

  /** Resolves when nothing runs. */
  async idle(): Promise<void> {
    await this.#idle;
  }

  /** The projection has passed everything of a partition of events before `next`. */
  passed(partition: number, next: number): void {
    this.parts.states.passed(partition, next);
    this.parts.parked.stale();
    this.#moved.notify();
  }

  /** Dead letters of a partition of events were settled, by now so often: documents and parked keys are others. */
  settled(partition: number, count: number): void {
    if (count <= (this.#settled.get(partition) ?? 0)) return;
    this.#settled.set(partition, count);
    this.parts.states.outdated();
    this.parts.parked.stale();
  }

  /**
   * Waits until the projection has moved so far. Only one waits at a time.
   * @throws when it is aborted; `signal` is so where the session is over.
   */
  async until(isSo: () => boolean, signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#moved.notify();
    signal.addEventListener("abort", wake, { once: true });
    try {
      while (!isSo()) {
        signal.throwIfAborted();
        await this.#moved.wait();
      }
      signal.throwIfAborted();
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }
}
