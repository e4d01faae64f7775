import pMap from "p-map";
import { EventQLError, isEventQLError } from "../errors.ts";
import type { LogRecord } from "../model/event.ts";
import type { TopicPartition } from "../model/position.ts";
import { transactionOf } from "../model/transaction-id.ts";
import type { CommitResult } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import {
  DEAD_LETTERS,
  PARKED_KEYS,
  type StoredLetter,
  ofPartition,
  parkedKeyId,
  readDeadLetter,
} from "../read-model/dead-letters.ts";
import type { InvalidationItem } from "./decode-batch.ts";
import type { DocumentChange } from "./fold-batch.ts";
import { tooManyParked } from "./halts.ts";
import { type InvalidationWrites, invalidationWrites } from "./invalidation-writes.ts";
import { type Invalidation, type KeyParking, readInvalidation, readInvalidations } from "./invalidations.ts";
import type { PartitionServices, Session } from "./partition-session.ts";
import { type KeyPlan, type KeyPlanning, planKey, tooLargePlan } from "./plan-key.ts";

/** Where a transaction becomes invalid, and who sees to it. */
export interface InvalidationOptions {
  readonly services: PartitionServices;
  readonly session: Session;
  readonly item: InvalidationItem;
  /** The position behind it. */
  readonly next: number;
  readonly logger: Logger;
  /** Writes at the session's place, and moves the checkpoint to `next`. */
  commit(writes: InvalidationWrites, next: number): Promise<CommitResult["status"]>;
}

/** Keys that are planned together: as many are in memory, and mostly in one transaction. */
const KEYS_AT_ONCE = 10_000;

/** Keys whose events are read at the same time: most of them in one read. */
const CONCURRENCY = 200;

/**
 * Makes a transaction invalid on a partition: the documents that it touched become what they were without its events, in
 * one commit that moves the checkpoint past the record. Where no transaction of the store takes them all, they follow each
 * other in several at the same place, with a mark of how far they are: each key's new document is the same however often it
 * is made, so that whoever takes over goes on from the mark.
 * @throws EventQLError `TOO_MANY_PARKED` where the partition has to stop.
 */
export async function invalidate(options: InvalidationOptions): Promise<CommitResult["status"]> {
  return await new Invalidator(options).run();
}

class Invalidator {
  readonly #options: InvalidationOptions;
  readonly #keys: readonly string[];
  readonly #of: TopicPartition;
  #stored: Invalidation | undefined;
  #done = 0;
  #parking: readonly KeyParking[] = [];

  constructor(options: InvalidationOptions) {
    this.#options = options;
    this.#keys = [...new Set(options.item.event.keys)];
    this.#of = options.item.record;
  }

  async run(): Promise<CommitResult["status"]> {
    const { services, session, item, logger } = this.#options;
    const { transaction, reason } = item.event;
    this.#stored = await readInvalidation(services.readModel, item.record, session.projection.name);
    const known = await this.#earlier(this.#keys);
    if (known.some((earlier) => earlier.transaction === transaction)) return await this.#record();
    if (this.#stored?.pending === true) ({ done: this.#done, parking: this.#parking } = this.#stored);
    if (this.#keys.length === 0) return await this.#record();
    while (this.#done < this.#keys.length) {
      const keys = this.#keys.slice(this.#done, this.#done + KEYS_AT_ONCE);
      const planning = await this.#planning(keys, known);
      const plans = await pMap(keys, async (key) => await planKey(planning, key), { concurrency: CONCURRENCY });
      const status = await this.#commit(planning, plans);
      if (status !== "committed") return status;
    }
    logger.info(
      { transaction, reason, keys: this.#keys.length, parked: session.parked.size },
      "transaction invalidated",
    );
    return "committed";
  }

  /** Nothing changes, but that it stands there. */
  async #record(): Promise<CommitResult["status"]> {
    const repeated = this.#keys.length > 0;
    return await this.#write([], { repeated, pending: false });
  }

  async #earlier(keys: readonly string[]): Promise<readonly Invalidation[]> {
    const { name: projection } = this.#options.session.projection;
    const found = await readInvalidations(this.#options.services.readModel, { ...this.#of, projection }, keys);
    return found.filter(({ offset }) => offset < this.#options.item.record.offset);
  }

  async #planning(keys: readonly string[], known: readonly Invalidation[]): Promise<KeyPlanning> {
    const { services, session, item } = this.#options;
    for (const collection of session.projection.collections)
      await session.cache.load(services.readModel, collection, keys);
    const parkedAt = await this.#parkedAt(keys.filter((key) => session.parked.has(key)));
    const letters = await this.#letters([...parkedAt.keys()]);
    const counting = [...known, { ...item.record, transaction: item.event.transaction, parking: [] }];
    const isInvalid = (key: string, { offset, headers }: LogRecord): boolean => {
      const transaction = transactionOf(headers);
      if (transaction === undefined) return false;
      return counting.some((each) => each.transaction === transaction && offset < each.offset && !failed(each, key));
    };
    return { services, session, item, parkedAt, letters, isInvalid };
  }

  async #parkedAt(keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    if (keys.length === 0) return new Map();
    const { services, session } = this.#options;
    const ids = keys.map((key) => parkedKeyId(session.projection.name, this.#of, key));
    const found = await services.readModel.find(PARKED_KEYS, {
      filter: { _id: { $in: ids } },
      fields: ["key", "offset"],
    });
    return new Map(
      found.flatMap(({ key, offset }) =>
        typeof key === "string" && typeof offset === "number" ? [[key, offset] as const] : [],
      ),
    );
  }

  async #letters(keys: readonly string[]): Promise<ReadonlyMap<string, readonly StoredLetter[]>> {
    if (keys.length === 0) return new Map();
    const { services, session } = this.#options;
    const filter = {
      ...ofPartition(session.projection.name, this.#of),
      key: { $in: keys.map((key) => Buffer.from(key)) },
    };
    const found = await services.readModel.find(DEAD_LETTERS, { filter, sort: { offset: 1 } });
    const letters = found.flatMap((stored) => readDeadLetter(stored) ?? []);
    return Map.groupBy(letters, ({ record }) => Buffer.from(record.key ?? []).toString());
  }

  /** Commits the plans, in halves where they are too large for one transaction. */
  async #commit(planning: KeyPlanning, plans: readonly KeyPlan[]): Promise<CommitResult["status"]> {
    try {
      this.#refuseTooMany(plans);
      const isLast = this.#done + plans.length === this.#keys.length;
      return await this.#write(plans, { repeated: false, pending: !isLast });
    } catch (error) {
      if (!isEventQLError(error, "COMMIT_TOO_LARGE")) throw error;
      return await this.#commitHalves(planning, plans, error);
    }
  }

  async #commitHalves(
    planning: KeyPlanning,
    plans: readonly KeyPlan[],
    why: EventQLError,
  ): Promise<CommitResult["status"]> {
    const [only] = plans;
    if (plans.length === 1 && only !== undefined) {
      if (only.parking?.failed === true) throw why;
      return await this.#commit(planning, [tooLargePlan(planning, only, why.message)]);
    }
    const middle = Math.ceil(plans.length / 2);
    const first = await this.#commit(planning, plans.slice(0, middle));
    return first === "committed" ? await this.#commit(planning, plans.slice(middle)) : first;
  }

  async #write(
    plans: readonly KeyPlan[],
    state: Pick<Invalidation, "repeated" | "pending">,
  ): Promise<CommitResult["status"]> {
    const { session, item, next } = this.#options;
    const parking = [...this.#parking, ...plans.flatMap((plan) => plan.parking ?? [])];
    const done = this.#done + plans.length;
    const to = state.pending ? session.next : next;
    const writes = invalidationWrites({
      item,
      projection: session.projection.name,
      plans,
      state: { ...state, done, parking },
      isStored: this.#stored !== undefined,
      journal: (late) => session.journals.writes(late, to, item.record.offset),
    });
    const status = await this.#options.commit(writes, to);
    if (status !== "committed") return status;
    [this.#done, this.#parking] = [done, parking];
    this.#stored ??= { ...item.record, ...item.event, at: item.record.timestamp, ...state, done, parking };
    this.#adopt(plans);
    return status;
  }

  /** What the session holds follows what was committed. */
  #adopt(plans: readonly KeyPlan[]): void {
    const { session, logger, item } = this.#options;
    const changes = new Map<string, Map<string, DocumentChange>>();
    for (const collection of session.projection.collections) changes.set(collection, new Map());
    for (const { key, changes: ofKey, parking, fault } of plans) {
      for (const [collection, change] of ofKey) changes.get(collection)?.set(key, change);
      if (parking?.after === undefined) session.parked.delete(key);
      else session.parked.add(key);
      if (fault === undefined) continue;
      const { code, reason } = fault;
      logger.warn({ offset: item.record.offset, code, reason }, "dead letter: key parked");
    }
    session.cache.store(changes);
  }

  #refuseTooMany(plans: readonly KeyPlan[]): void {
    const { services, session } = this.#options;
    const parked = plans.filter(({ key, parking }) => parking?.after !== undefined && !session.parked.has(key));
    if (parked.length > 0 && session.parked.size + parked.length > services.maxParkedKeys)
      throw tooManyParked(this.#of, services.maxParkedKeys);
  }
}

function failed({ parking }: Pick<Invalidation, "parking">, key: string): boolean {
  return parking.some((each) => each.failed && each.key === key);
}
