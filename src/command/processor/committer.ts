import { setTimeout as delay } from "node:timers/promises";
import { outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { isEventQLError, messageOf } from "../../errors.ts";
import type { OwnerCommitResult } from "../../event-log/event-log.ts";
import { type BatchInput, type DecidedBatch, decideBatch } from "./decide-batch.ts";
import type { ProcessorServices } from "./options.ts";
import type { Rules } from "./rules.ts";
import type { Session } from "./session.ts";
import { takeInTail } from "./take-in-tail.ts";

/** The pauses, in ms, before the log's ends are read anew: markers of transactions are written behind their end. */
const FIRST_PAUSE_MS = 5;
const MAX_PAUSE_MS = 500;

/** What committing needs. */
type CommitServices = Pick<ProcessorServices, "codec" | "logger"> & {
  readonly log: Pick<ProcessorServices["log"], "offsets" | "readRange">;
};

/** Decides on batches and writes what they lead to, for as long as the session lasts. */
export class Committer {
  readonly #services: CommitServices;
  readonly #session: Session;
  /** How often in a row records would have landed elsewhere. */
  #moves = 0;

  constructor(services: CommitServices, session: Session) {
    this.#services = services;
    this.#session = session;
  }

  /**
   * Decides on a batch, and commits it. Undefined: nothing was written, and what it was decided on may be old; or the
   * session is over.
   * @throws what the log does that ends of partitions are read from.
   */
  async commit(input: BatchInput): Promise<DecidedBatch | undefined> {
    let attempt = input;
    for (;;) {
      this.#session.signal.throwIfAborted();
      const batch = decideBatch(attempt);
      try {
        const result = await this.#write(batch, attempt);
        if (result === "committed") return this.#committed(batch, attempt);
      } catch (error) {
        const smaller = isEventQLError(error, "EVENT_TOO_LARGE")
          ? withoutTooLarge(attempt, batch, error.message)
          : undefined;
        if (smaller === undefined) {
          this.#end(error);
          return undefined;
        }
        attempt = smaller;
        continue;
      }
      await this.#resync(input.rules);
      return undefined;
    }
  }

  async #write({ records, decided }: DecidedBatch, { commands }: BatchInput): Promise<OwnerCommitResult> {
    const { owner } = this.#session.parts;
    const last = commands[decided.length - 1];
    return await owner.commit({ records, next: (last?.record.offset ?? this.#session.next - 1) + 1 });
  }

  #committed(batch: DecidedBatch, { commands, corrections }: BatchInput): DecidedBatch {
    const { states, seen, ends, invalid } = this.#session.parts;
    const { decided, touched, records } = batch;
    this.#moves = 0;
    this.#session.next = (commands[decided.length - 1]?.record.offset ?? this.#session.next - 1) + 1;
    ends.committed(records);
    for (const [key, { document, ...at }] of touched) states.appended(key, document, at);
    const outcomes = records.slice(records.length - decided.length);
    for (const [index, { outcome }] of decided.entries())
      seen.add(outcome.commandId, outcomes[index]?.offset ?? 0, outcome);
    const [only] = commands;
    if (corrections === undefined || "code" in corrections || only?.asked.kind !== "invalidation") return batch;
    invalid.add(only.asked.transaction);
    for (const [index, { keys, partition }] of corrections.entries()) {
      const offset = records[index]?.offset ?? 0;
      for (const key of keys) states.block(key, { partition, offset });
    }
    return batch;
  }

  #end(error: unknown): void {
    const session = this.#session;
    const fields = { ...session.parts.place.of };
    if (isEventQLError(error, "OWNER_FENCED")) {
      session.finish("fenced");
      this.#services.logger.info(fields, "another process has taken the partition of commands over");
      return;
    }
    session.finish("unknown");
    this.#services.logger.warn(
      { ...fields, error: messageOf(error) },
      "whether commands were decided is unknown: the partition is taken over anew",
    );
  }

  /** Reads where the partitions end now, and what somebody else wrote there. */
  async #resync(rules: Rules): Promise<void> {
    const { log, codec, logger } = this.#services;
    const { ends, states, place, invalid } = this.#session.parts;
    const { signal } = this.#session;
    await delay(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#moves), undefined, { signal });
    this.#moves += 1;
    const events = await log.offsets(place.topic);
    let strangers = 0;
    for (const partition of place.writes) {
      const of = { topic: place.topic, partition };
      const range = { ...of, from: ends.next(of), until: events[partition]?.high ?? 0 };
      strangers += await takeInTail({ services: { log, codec }, rules, states, invalid }, range, signal);
    }
    if (strangers === 0) ends.missed();
    else
      logger.warn(
        { ...place.of, events: strangers },
        "somebody else appends to an owned topic: forbid it, for nothing promises versions then",
      );
    ends.read(place.topic, events);
    ends.read(outcomesTopicOf(place.topic), await log.offsets(outcomesTopicOf(place.topic)));
  }
}

/** Half of what was too large together; of one command alone, its refusal. Undefined: even that is too large. */
function withoutTooLarge(input: BatchInput, { decided }: DecidedBatch, message: string): BatchInput | undefined {
  if (input.refusal !== undefined) return undefined;
  const commands = input.commands.slice(0, Math.ceil(decided.length / 2));
  return decided.length > 1
    ? { ...input, commands }
    : { ...input, commands, refusal: { code: "EVENT_TOO_LARGE", message } };
}
