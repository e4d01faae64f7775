import { partitionOf } from "../../../src/event-log/partition.ts";
import type { ExpectedVersion } from "../../../src/model/command.ts";
import { PARTITIONS } from "./processor-world.ts";

/** An event of the model: `value` null is a tombstone; without a key, it makes `transaction` invalid. */
export interface ModelEvent {
  readonly key: string | null;
  readonly value: number | null;
  readonly partition: number;
  readonly offset: number;
  readonly commandId: string;
  readonly transaction: number | undefined;
}

/** How a command of the model ended. */
export interface ModelOutcome {
  /** The code of a rejection. */
  readonly code: string | undefined;
  /** `partition/offset` of its events, with a sign at those that were dropped. */
  readonly events: readonly string[];
  readonly version: number | undefined;
}

/** An event that is wanted. */
export interface Wanted {
  readonly key: string;
  readonly value: number | null;
  readonly ifVersion?: ExpectedVersion | undefined;
}

interface Document {
  readonly value: number;
  readonly version: number;
}

/** What an owned topic should come to, in memory: offsets count up from 0, as on a log without markers. */
export class TopicModel {
  readonly events: ModelEvent[] = [];
  readonly outcomes: Map<string, ModelOutcome> = new Map();
  /** Of transactions that are valid. */
  readonly transactions: Set<number> = new Set();
  readonly #documents = new Map<string, Document>();
  readonly #invalid = new Set<number>();
  readonly #deduplicates: boolean;

  constructor(deduplicates: boolean) {
    this.#deduplicates = deduplicates;
  }

  valueOf(key: string): number | undefined {
    return this.#documents.get(key)?.value;
  }

  versionOf(key: string): number | undefined {
    return this.#documents.get(key)?.version;
  }

  /** A command of one key: what it leads to by now, or the code of why it is refused. */
  decide(
    commandId: string,
    { key, ifVersion }: Pick<Wanted, "key" | "ifVersion">,
    rule: (value: number | undefined) => readonly (number | null)[] | string,
  ): void {
    if (this.outcomes.has(commandId)) return;
    const said = this.#isExpected(key, ifVersion) ? rule(this.valueOf(key)) : "VERSION_CONFLICT";
    if (typeof said === "string") return this.#reject(commandId, said);
    const events = said.map((value) => this.#append({ key, value }, commandId, undefined));
    this.outcomes.set(commandId, { code: undefined, events, version: this.versionOf(key) });
  }

  /** A transaction, whose command stands at this offset. */
  transact(commandId: string, offset: number, wanted: readonly Wanted[]): void {
    if (this.outcomes.has(commandId)) return;
    if (!wanted.every(({ key, ifVersion }) => this.#isExpected(key, ifVersion)))
      return this.#reject(commandId, "VERSION_CONFLICT");
    const before = this.events.length;
    const events = wanted.map((event) => this.#append(event, commandId, offset));
    if (this.events.length > before) this.transactions.add(offset);
    this.outcomes.set(commandId, { code: undefined, events, version: undefined });
  }

  invalidate(commandId: string, transaction: number): void {
    if (this.outcomes.has(commandId)) return;
    if (!this.transactions.delete(transaction)) return this.#reject(commandId, "TRANSACTION_NOT_FOUND");
    this.#invalid.add(transaction);
    const own = this.events.filter((event) => event.transaction === transaction && event.key !== null);
    const told = new Set(own.map(({ partition }) => partition)).values().map((partition) => {
      const offset = this.#next(partition);
      this.events.push({ key: null, value: null, partition, offset, commandId, transaction });
      for (const event of own) if (event.partition === partition) this.#refold(event.key ?? "", offset);
      return `${partition}/${offset}`;
    });
    this.outcomes.set(commandId, { code: undefined, events: [...told], version: undefined });
  }

  #refold(key: string, version: number): void {
    this.#documents.delete(key);
    for (const event of this.events) {
      if (event.key !== key || (event.transaction !== undefined && this.#invalid.has(event.transaction))) continue;
      if (event.value === null) this.#documents.delete(key);
      else this.#documents.set(key, { value: event.value, version });
    }
  }

  #append({ key, value }: Wanted, commandId: string, transaction: number | undefined): string {
    const partition = partitionOf(Buffer.from(key), PARTITIONS);
    const document = this.#documents.get(key);
    if (this.#deduplicates && document !== undefined && document.value === value)
      return `-${partition}/${document.version}`;
    const offset = this.#next(partition);
    this.events.push({ key, value, partition, offset, commandId, transaction });
    if (value === null) this.#documents.delete(key);
    else this.#documents.set(key, { value, version: offset });
    return `${partition}/${offset}`;
  }

  #next(partition: number): number {
    return this.events.filter((event) => event.partition === partition).length;
  }

  #reject(commandId: string, code: string): void {
    this.outcomes.set(commandId, { code, events: [], version: undefined });
  }

  #isExpected(key: string, expected: ExpectedVersion | undefined): boolean {
    const version = this.versionOf(key);
    if (expected === undefined) return true;
    if (expected === "NO_STREAM") return version === undefined;
    return expected === "EXISTS" ? version !== undefined : version === expected;
  }
}
