import { setTimeout as delay } from "node:timers/promises";
import { EventQLError, isEventQLError, messageOf } from "../../errors.ts";
import { retryUntilDone } from "../../event-log/backoff.ts";
import type { LogRecord } from "../../model/event.ts";
import { type AskedCommand, keysOf } from "./asked-command.ts";
import { batchInputOf } from "./batch-input.ts";
import { CommandGate } from "./catalog-gate.ts";
import { Committer } from "./committer.ts";
import type { DecidedBatch } from "./decide-batch.ts";
import type { KeyStates } from "./key-states.ts";
import { inDecideSpan, reportBatch } from "./observe-batch.ts";
import type { ProcessorServices } from "./options.ts";
import type { Rules } from "./rules.ts";
import type { Session } from "./session.ts";

/** Commands decided at once, at the most: what arrives meanwhile is the next batch. */
const MAX_COMMANDS = 2_000;

/**
 * How long, in ms, a lane rests between two batches: as long as the last one took, within these bounds. A transaction costs
 * much the same for one command as for many, so that batches grow where the log is slow; one that comes alone is decided
 * at once.
 */
const SHORTEST_REST_MS = 8;
const LONGEST_REST_MS = 50;

/** What a lane works with. */
export interface LaneOptions {
  readonly services: ProcessorServices;
  readonly session: Session;
  /** By the newest catalog; undefined: there are none any more. */
  readonly rules: () => Rules | undefined;
  readonly onDecided: (batch: DecidedBatch) => void;
}

/** Decides on the commands of a partition, batch after batch, while a session lasts. */
export class Lane {
  readonly #options: LaneOptions;
  readonly #gate: CommandGate;
  readonly #committer: Committer;
  #either: { readonly aborted: AbortSignal; readonly signal: AbortSignal } | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#gate = new CommandGate(options.services);
    this.#committer = new Committer(options.services, options.session);
  }

  /** Decides on records; resolves when that is done, or the session is over, or it is aborted. Never rejects. */
  async run(records: readonly LogRecord[], aborted: AbortSignal): Promise<void> {
    const { session } = this.#options;
    const begun = performance.now();
    const signal = this.#signalOf(aborted);
    let rest = records.filter(({ offset }) => offset >= session.next);
    while (rest.length > 0 && !signal.aborted) {
      const batch = rest.slice(0, MAX_COMMANDS);
      const count = await retryUntilDone(async () => await session.run(async () => await this.#step(batch, signal)), {
        signal,
        onFailure: (error, pauseMs) => {
          this.#complain(error, pauseMs);
        },
      });
      rest = rest.slice(count ?? 0);
    }
    await delay(Math.min(LONGEST_REST_MS, Math.max(SHORTEST_REST_MS, performance.now() - begun)));
  }

  /** Aborted when the session is over, too. It is the same for many batches, and dear to make. */
  #signalOf(aborted: AbortSignal): AbortSignal {
    if (this.#either?.aborted !== aborted)
      this.#either = { aborted, signal: AbortSignal.any([this.#options.session.signal, aborted]) };
    return this.#either.signal;
  }

  /** Decides on the first ones of the records; returns on how many. */
  async #step(records: readonly LogRecord[], signal: AbortSignal): Promise<number> {
    const { session, services } = this.#options;
    const { states, parked, place } = session.parts;
    const rules = this.#options.rules();
    if (rules === undefined)
      throw new EventQLError("NOT_READY", `The catalog has no owned topic ${place.topic} any more.`);
    if (rules.aggregate.projection !== place.projection)
      throw new EventQLError("NOT_READY", `Other documents of topic ${place.topic} count now: it is taken over anew.`);
    const commands = await this.#gate.read(rules, records);
    // Where the gate looked for a newer catalog, what it reads now is for the rules of that one.
    if (this.#options.rules() !== rules) return 0;
    const run = together(commands, states);
    if (run.length === 0) {
      await session.until(() => together(commands, states).length > 0, signal);
      return 0;
    }
    await session.until(() => states.hasRoom(), signal);
    await parked.refresh(run.flatMap(keysOf));
    return await inDecideSpan(services.tracer, place.of, run, async () => await this.#decide(rules, run));
  }

  async #decide(rules: Rules, commands: readonly AskedCommand[]): Promise<number> {
    const { session, services, onDecided } = this.#options;
    const started = performance.now();
    const batch = await this.#committer.commit(await batchInputOf(services, session, rules, commands));
    if (batch === undefined) return 0;
    reportBatch(services, session.parts.place.of, batch, started);
    onDecided(batch);
    return batch.decided.length;
  }

  #complain(error: unknown, pauseMs: number): void {
    const { of } = this.#options.session.parts.place;
    const { logger } = this.#options.services;
    const level = isEventQLError(error) && error.retriable ? "warn" : "error";
    logger[level]({ ...of, error: messageOf(error), pauseMs }, "commands could not be decided; it is tried again");
  }
}

/**
 * The first ones of the commands, which can be decided at once: none whose documents are being folded anew, and an
 * invalidation alone, for what stands before it has to be written, and documents behind it are folded anew.
 */
function together(commands: readonly AskedCommand[], states: KeyStates): readonly AskedCommand[] {
  const end = commands.findIndex(
    (command, index) =>
      (command.asked.kind === "invalidation" && index > 0) ||
      (index === 1 && commands[0]?.asked.kind === "invalidation") ||
      keysOf(command).some((key) => states.isBlocked(key)),
  );
  return end < 0 ? commands : commands.slice(0, end);
}
