import { EventQLError, isEventQLError, messageOf } from "../errors.ts";
import type { TopicPartition } from "../model/position.ts";
import type { Stream } from "../model/stream.ts";
import type { Logger } from "../telemetry/logger.ts";
import { storeLetters } from "./letters.ts";
import { type Outcome, type SetAside, isSetAside } from "./outcome.ts";
import type { Output } from "./outputs.ts";
import type { StreamServices } from "./stream-services.ts";
import type { StreamSession } from "./stream-session.ts";
import type { TargetTopics } from "./target-topics.ts";
import { Turns } from "./turns.ts";

/** What a committer works with. */
export interface CommitterOptions {
  readonly services: Pick<StreamServices, "log" | "readModel">;
  readonly stream: Stream;
  readonly of: TopicPartition;
  readonly session: StreamSession;
  readonly targets: TargetTopics;
  readonly logger: Logger;
}

/** Events that were worked on, and the position behind them. */
export interface WorkedPart {
  readonly outcomes: readonly Outcome[];
  readonly next: number;
}

/**
 * How soon, in ms, a position is stored that goes with no records. What is given again after a crash leads to the same: to
 * nothing, or to what may be done at least once.
 */
const STORE_MS = 500;

/**
 * How soon, in ms, a position is stored that markers of transactions alone lie before. It only matters when the log has
 * removed them, and all that was before.
 */
const MARK_MS = 60_000;

/**
 * Writes what events led to: first letters, for they must be durable before the position passes them, then outputs with the
 * position. After any failure it is at its end: only a new owner learns what was written.
 */
export class StreamCommitter {
  readonly #options: CommitterOptions;
  #next: number;
  #stored: number | undefined;
  #isOver = false;
  readonly #turns = new Turns();
  #timer: NodeJS.Timeout | undefined;
  #marking: NodeJS.Timeout | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#next = options.session.from;
    this.#stored = options.session.owner.next;
  }

  /** The position behind what was written. */
  get next(): number {
    return this.#next;
  }

  /** Whether it can't commit any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * @throws EventQLError what the log and the read model do; `OWNER_FENCED` where somebody else has taken over;
   *   `EVENT_TOO_LARGE` where an event that led to too large a one is a dead letter now, to be found by the next owner.
   */
  async commit(part: WorkedPart): Promise<void> {
    await this.#inTurn(async () => await this.#commit(part));
  }

  /** Everything before `end` was worked on: between what was written and there, the log has nothing to give. */
  passed(end: number): void {
    if (this.#isOver || end <= this.#next) return;
    this.#next = end;
    this.#marking ??= setTimeout(() => void this.store(), MARK_MS).unref();
  }

  /** Stores the position, unless it is stored. Never rejects: what isn't stored is given again. */
  async store(): Promise<void> {
    this.#forgetTimers();
    try {
      await this.#inTurn(async () => {
        if (this.#stored !== this.#next) await this.#write([], this.#next);
      });
    } catch (error) {
      this.#options.logger.debug({ error: messageOf(error) }, "a stream's position could not be stored");
    }
  }

  /** Stores the position, and gives the partition up. Never rejects. */
  async close(): Promise<void> {
    if (!this.#isOver) await this.store();
    this.#forgetTimers();
    this.#isOver = true;
    await this.#options.session.owner.release();
  }

  #forgetTimers(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#marking);
    this.#timer = undefined;
    this.#marking = undefined;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    await this.#turns.run(async () => {
      if (this.#isOver) throw new EventQLError("OWNER_FENCED", "The partition was given up.");
      try {
        await work();
      } catch (error) {
        this.#isOver = true;
        throw error;
      }
    });
  }

  async #commit({ outcomes, next }: WorkedPart): Promise<void> {
    await this.#storeLetters(outcomes.filter(isSetAside));
    const { guarantee } = this.#options.stream;
    if (guarantee === "exactly-once") await this.#atOnce(outcomes, next);
    else await this.#inParallel(outcomes, next);
    this.#next = Math.max(this.#next, next);
    if (this.#stored !== this.#next) this.#timer ??= setTimeout(() => void this.store(), STORE_MS);
  }

  async #storeLetters(letters: readonly SetAside[]): Promise<void> {
    if (letters.length === 0) return;
    const { services, session, of } = this.#options;
    const behind = await storeLetters(services.readModel, session.stored, letters);
    if (behind === undefined) {
      const place = `${of.topic}/${of.partition}`;
      throw new EventQLError("OWNER_FENCED", `Another process has set events of partition ${place} aside.`);
    }
    session.stored = behind;
  }

  /** Outputs and the position in one transaction, or in some where they are too large together. */
  async #atOnce(outcomes: readonly Outcome[], next: number): Promise<void> {
    const outputs = outcomes.flatMap(outputsOf);
    if (outputs.length === 0) return;
    try {
      await this.#write(outputs, next);
    } catch (error) {
      if (!isEventQLError(error, "EVENT_TOO_LARGE")) throw error;
      const [only] = outcomes;
      if (outcomes.length === 1 && only !== undefined) throw await this.#tooLarge(only, error);
      const middle = Math.ceil(outcomes.length / 2);
      await this.#atOnce(outcomes.slice(0, middle), outcomes[middle]?.item.record.offset ?? next);
      await this.#atOnce(outcomes.slice(middle), next);
    }
  }

  async #inParallel(outcomes: readonly Outcome[], next: number): Promise<void> {
    const appended = outcomes.map(async (outcome) => await this.#append(outputsOf(outcome)));
    const results = await Promise.allSettled(appended);
    for (const [index, result] of results.entries()) {
      if (result.status === "fulfilled") continue;
      const outcome = outcomes[index];
      if (outcome === undefined || !isEventQLError(result.reason, "EVENT_TOO_LARGE")) throw result.reason;
      await this.#write([], outcome.item.record.offset);
      throw await this.#tooLarge(outcome, result.reason);
    }
    const unkeyed = outcomes.flatMap(outputsOf).filter(({ key }) => key === null);
    if (unkeyed.length > 0) await this.#write(unkeyed, next);
  }

  async #append(outputs: readonly Output[]): Promise<void> {
    const { log } = this.#options.services;
    // Each is called before the first one is waited for: records of a key land in the order of the calls.
    await Promise.all(outputs.flatMap(({ key, ...output }) => (key === null ? [] : [log.append({ ...output, key })])));
  }

  async #write(outputs: readonly Output[], next: number): Promise<void> {
    const { session, targets, of } = this.#options;
    const records = await targets.place(outputs, of.partition);
    await session.owner.commit({ records, next });
    this.#next = Math.max(this.#next, next);
    this.#stored = next;
  }

  /**
   * Later events of the key may have been worked on meanwhile, which now have to wait: the owner is at its end, and the next
   * one finds the letter.
   */
  async #tooLarge({ item }: Outcome, cause: EventQLError): Promise<EventQLError> {
    const fault = { code: cause.code, reason: cause.message };
    await this.#storeLetters([{ item, fault, waiting: false }]);
    this.#options.logger.warn({ offset: item.record.offset, code: cause.code }, "dead letter: an output is too large");
    return cause;
  }
}

function outputsOf(outcome: Outcome): readonly Output[] {
  return isSetAside(outcome) ? [] : outcome.outputs;
}
