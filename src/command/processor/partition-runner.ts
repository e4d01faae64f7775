import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { EventQLError, messageOf } from "../../errors.ts";
import { retryUntilDone } from "../../event-log/backoff.ts";
import type { RecordBatch } from "../../event-log/event-log.ts";
import type { DecidedBatch } from "./decide-batch.ts";
import { Lane } from "./lane.ts";
import type { MarkerGuess } from "./log-ends.ts";
import { openSession } from "./open-session.ts";
import type { ProcessorServices } from "./options.ts";
import type { CommandsStatus } from "./partition-status.ts";
import type { Rules } from "./rules.ts";
import type { OwnedPartition, Session, SessionEnd } from "./session.ts";

/** What a runner works with. */
export interface RunnerOptions {
  readonly services: ProcessorServices;
  readonly place: OwnedPartition;
  readonly markers: MarkerGuess;
  /** By the newest catalog; undefined: there are none any more. */
  readonly rules: () => Rules | undefined;
  /** Why nobody may decide on it, until someone acts. */
  readonly halted: EventQLError | undefined;
}

/** How long, in ms, a process that was fenced waits before it takes over again: at first, and at the most. */
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 10_000;

/** One that was the owner for so long, in ms, isn't in a quarrel about the partition. */
const SETTLED_MS = 30_000;

interface Owned {
  readonly session: Session;
  readonly lane: Lane;
}

/** A partition of commands in this process: takes it over while it is wanted, and decides on what is delivered. */
export class PartitionRunner {
  readonly #options: RunnerOptions;
  readonly #stop = new AbortController();
  #wanted = false;
  #changed: PromiseWithResolvers<void> = Promise.withResolvers();
  #owned: Owned | undefined;
  #running: Promise<void> | undefined;
  #opening: AbortController | undefined;
  /** Whether everything that was delivered is decided, and there was no more. */
  #atEnd = false;
  /** Whether that has been so once, as the owner that it is. */
  #caughtUp = false;
  #counts = { decided: 0, rejected: 0 };
  #loadMs: number | undefined;
  /** How far the projection is, by partition of events, as far as that was told. */
  readonly #passed = new Map<number, number>();
  #quarrels = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** The partition, and where what follows from it is written. */
  get place(): OwnedPartition {
    return this.#options.place;
  }

  /** Whether nobody may decide on it, until someone acts. */
  get isHalted(): boolean {
    return this.#options.halted !== undefined;
  }

  /** Whether this process is to be the owner. */
  want(isWanted: boolean): void {
    if (isWanted === this.#wanted || this.isHalted) return;
    this.#wanted = isWanted;
    if (!isWanted) {
      this.#opening?.abort();
      this.#owned?.session.finish("given up");
    }
    this.#notify();
    this.#running ??= this.#run();
  }

  /** The position of the first command to decide, once this process is the owner. @throws when it is aborted. */
  async begin(signal: AbortSignal): Promise<number> {
    this.#atEnd = false;
    return (await this.#ownership(signal)).session.next;
  }

  /** Decides on commands; returns the position to go on from. @throws when it is aborted. */
  async apply({ records, next }: RecordBatch, signal: AbortSignal): Promise<number> {
    this.#atEnd = false;
    const owned = this.#owned;
    if (owned !== undefined) {
      await owned.lane.run(records, signal);
      signal.throwIfAborted();
      if (owned.session.end === undefined && this.#owned === owned) return next;
    }
    return await this.begin(signal);
  }

  /** All commands up to the log's end are decided. */
  caughtUp(): void {
    this.#atEnd = true;
    this.#caughtUp ||= this.#owned !== undefined;
  }

  /** The projection has passed everything of a partition of events before `next`. */
  passed(partition: number, next: number): void {
    this.#passed.set(partition, next);
    this.#owned?.session.passed(partition, next);
  }

  /** Dead letters of a partition of events were settled, by now so often. */
  settled(partition: number, count: number): void {
    this.#owned?.session.settled(partition, count);
  }

  /** Whether it is at the log's end, or isn't this process's, or can't go on. */
  isSettled(): boolean {
    return !this.#wanted || this.#caughtUp || this.isHalted;
  }

  status(): CommandsStatus {
    return {
      ...this.place.of,
      owner: this.#owned !== undefined,
      next: this.#owned?.session.next ?? 0,
      caughtUp: this.#caughtUp,
      ...this.#counts,
      loadMs: this.#loadMs,
      halted: this.#options.halted,
    };
  }

  /** Ends a commit under way, and gives the partition up. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.want(false);
    this.#notify();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      while (!this.#wanted && !signal.aborted) await this.#changed.promise;
      if (signal.aborted) return;
      const owned = await this.#takeOver();
      if (owned === undefined) continue;
      const begun = performance.now();
      const end = await this.#last(owned);
      if (end === "given up") continue;
      this.#quarrels = performance.now() - begun > SETTLED_MS ? 0 : this.#quarrels + 1;
      if (end === "fenced" || this.#quarrels > 1) await this.#pause();
    }
  }

  /** Undefined: it isn't wanted any more. */
  async #takeOver(): Promise<Owned | undefined> {
    const { services, place } = this.#options;
    const opening = new AbortController();
    this.#opening = opening;
    const session = await retryUntilDone(async () => await this.#open(opening.signal), {
      signal: opening.signal,
      onFailure: (error, pauseMs) => {
        const fields = { ...place.of, error: messageOf(error), pauseMs };
        services.logger.warn(fields, "a partition of commands could not be taken over; it is tried again");
      },
    });
    this.#opening = undefined;
    if (session === undefined || this.#wanted) return session && this.#adopt(session);
    await session.parts.owner.release();
    return undefined;
  }

  async #open(signal: AbortSignal): Promise<Session> {
    const { services, place, markers } = this.#options;
    const rules = this.#options.rules();
    if (rules === undefined)
      throw new EventQLError("NOT_READY", `The catalog has no owned topic ${place.topic} any more.`);
    return await openSession({ services, place, rules, markers, signal });
  }

  #adopt(session: Session): Owned {
    const { services, place, rules } = this.#options;
    const lane = new Lane({
      services,
      session,
      rules,
      onDecided: (batch) => {
        this.#count(batch);
      },
    });
    const { loadMs, seen } = session.parts;
    this.#loadMs = loadMs;
    services.metrics.commandsLoaded(place.of, loadMs / 1_000);
    services.logger.info(
      { ...place.of, next: session.next, loadMs: Math.round(loadMs), known: seen.size },
      "a partition of commands is taken over",
    );
    const owned = { session, lane };
    this.#owned = owned;
    // What was told while the session was opened.
    for (const [partition, next] of this.#passed) session.passed(partition, next);
    session.parts.parked.stale();
    this.#caughtUp = this.#atEnd;
    this.#notify();
    return owned;
  }

  /** Waits until a session is over, and gives its owner up. */
  async #last({ session }: Owned): Promise<SessionEnd> {
    if (!session.signal.aborted) await once(session.signal, "abort");
    this.#owned = undefined;
    this.#caughtUp = false;
    await session.idle();
    await session.parts.owner.release();
    return session.end ?? "given up";
  }

  async #pause(): Promise<void> {
    const ms = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#quarrels);
    await delay(ms, undefined, { signal: this.#stop.signal }).catch(() => {});
  }

  async #ownership(signal: AbortSignal): Promise<Owned> {
    const { promise: cancelled, reject } = Promise.withResolvers<never>();
    const cancel = (): void => reject(signal.reason);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      for (;;) {
        signal.throwIfAborted();
        if (this.#owned !== undefined && this.#owned.session.end === undefined) return this.#owned;
        await Promise.race([this.#changed.promise, cancelled]);
      }
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  #count({ decided }: DecidedBatch): void {
    for (const { outcome } of decided) this.#counts[outcome.status === "DECIDED" ? "decided" : "rejected"] += 1;
  }

  #notify(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
