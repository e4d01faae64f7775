import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { vi } from "vitest";
import type { EventLog } from "../../../src/event-log/event-log.ts";
import { HEADER, type LogRecord } from "../../../src/model/event.ts";
import { openLog } from "../../e2e/stacks/open-log.ts";
import type { E2EStack } from "../../e2e/stacks/stack.ts";
import { uniqueName } from "../../support/real-stack.ts";
import {
  type Amount,
  type Outputs,
  type Topics,
  amounts,
  amountsByKey,
  expectedMoves,
  expectedSpent,
  movesFrom,
  readOutputs,
  writeDomain,
} from "./domain.ts";
import { HostProcess } from "./host-process.ts";

/** How long is waited for what streams write, in ms. */
const PATIENCE_MS = 60_000;

/** How many events of each topic, over how many keys. */
const ORDERS = 6_000;
const PAYMENTS = 4_000;
const KEYS = 40;

/** In how many slices a part of them is appended, and how many ms lie between. */
const SLICES = 30;
const SLICE_MS = 5;

/** What streams have left. */
interface Left {
  readonly spent: Outputs;
  readonly moves: Outputs;
  /** Of each key's moves, those that came from the topic. */
  readonly orders: Readonly<Record<string, readonly number[]>>;
  readonly payments: Readonly<Record<string, readonly number[]>>;
  /** How many different ids the outputs have. */
  readonly ids: number;
  readonly spendings: Readonly<Record<string, readonly number[]>>;
  readonly balances: Readonly<Record<string, readonly number[]>>;
  readonly outbox: number;
  readonly deadLetters: number;
}

/** Streams with state on a stack, in processes that are killed. */
export class DataflowStory {
  readonly #stack: E2EStack;
  readonly #folder: string;
  readonly #topics: Topics;
  readonly #started: HostProcess[] = [];
  readonly #bytes = new Map<string, Buffer>();
  readonly #orders = amounts(ORDERS, KEYS);
  readonly #payments = amounts(PAYMENTS, KEYS);
  #config = "";
  #log: EventLog | undefined;
  #sent = 0;

  constructor(stack: E2EStack, folder: string) {
    const name = uniqueName("flow");
    this.#stack = stack;
    this.#folder = folder;
    this.#topics = {
      orders: `${name}-orders`,
      payments: `${name}-payments`,
      spent: `${name}-spent`,
      balances: `${name}-balances`,
    };
  }

  /** Writes the configuration, and runs a first process until everything is made ready. */
  async begin(): Promise<HostProcess> {
    this.#config = await writeDomain(this.#folder, this.#topics);
    const first = this.load();
    first.go();
    await first.ready();
    this.#log = openLog(this.#stack);
    return first;
  }

  /** A process that waits until it is told to begin. */
  load(): HostProcess {
    const { args } = this.#stack;
    const env = { ...this.#stack.env, NODE_COMPILE_CACHE: join(this.#folder, "compiled") };
    const data = args.includes("--data") ? { data: args[args.indexOf("--data") + 1] ?? "" } : {};
    const flags = { config: this.#config, stack: args[1] ?? "", ...data, schemas: join(this.#folder, "schemas") };
    const host = new HostProcess({ ...flags, roles: "projector", port: "0", createTopics: "true" }, env);
    this.#started.push(host);
    return host;
  }

  /** Appends one of `parts` equal parts of the events, a few at a time: meanwhile there is always something to do. */
  async send(parts: number): Promise<void> {
    const part = this.#sent;
    this.#sent += 1;
    const { orders, payments } = this.#topics;
    const [own, other] = [partOf(this.#orders, part, parts), partOf(this.#payments, part, parts)];
    for (let slice = 0; slice < SLICES; slice += 1) {
      await this.#produce(orders, "Placed", partOf(own, slice, SLICES));
      await this.#produce(payments, "Paid", partOf(other, slice, SLICES));
      await pause(SLICE_MS);
    }
  }

  /** Freezes a process for some ms, while others go on with one of `parts` parts of the events, and wakes it again. */
  async freeze(host: HostProcess, ms: number, parts: number): Promise<void> {
    host.signal("SIGSTOP");
    await this.send(parts);
    await pause(ms);
    host.signal("SIGCONT");
  }

  /** Kills a process in the midst of its work: after both streams have gone on, at a random moment of one of them. */
  async kill(host: HostProcess): Promise<void> {
    const { spent, balances } = this.#topics;
    const begun = [await this.#end(spent), await this.#end(balances)] as const;
    const [moreSpent, moreMoves] = Math.random() < 0.5 ? [1, random(60)] : [random(40), 1];
    await this.#until(2, async () => {
      const [spentNow, movesNow] = [await this.#end(spent), await this.#end(balances)];
      return spentNow >= begun[0] + moreSpent && movesNow >= begun[1] + moreMoves;
    });
    await host.end();
  }

  /** Waits until everything is written, ends the processes, and tells what there is and what an undisturbed run leaves. */
  async settled(): Promise<{ readonly actual: Left; readonly expected: Left }> {
    const { spent, balances } = this.#topics;
    await this.#until(100, async () => {
      const [spentNow, movesNow] = [await this.#records(spent), await this.#records(balances)];
      return spentNow.length >= ORDERS && movesNow.length >= ORDERS + PAYMENTS;
    });
    await Promise.all(this.#started.map(async (host) => await host.end("SIGTERM")));
    const [spentRecords, moveRecords] = [await this.#records(spent), await this.#records(balances)];
    const moves = readOutputs("moved", moveRecords);
    const actual = {
      spent: readOutputs("spent", spentRecords),
      moves,
      orders: mapped(moves, (own) => movesFrom("orders", own)),
      payments: mapped(moves, (own) => movesFrom("payments", own)),
      ids: new Set([...spentRecords, ...moveRecords].map(({ headers }) => headers[HEADER.id])).size,
      spendings: await this.#states("spendings", ["orders", "total"]),
      balances: await this.#states("balances", ["moves", "balance"]),
      outbox: (await this.#stack.collection("eventql_outbox")).length,
      deadLetters: (await this.#stack.collection("eventql_dead_letters")).length,
    };
    return { actual, expected: this.#expected(moves) };
  }

  async dispose(): Promise<void> {
    await Promise.all(this.#started.map(async (host) => await host.end()));
    await this.#log?.close();
  }

  /** Orders and payments may have come together in any order: the moves that there are say in which. */
  #expected(moves: Outputs): Left {
    const spent = expectedSpent(this.#orders);
    return {
      spent,
      moves: mapped(moves, expectedMoves),
      orders: amountsByKey(this.#orders),
      payments: amountsByKey(this.#payments),
      ids: ORDERS + ORDERS + PAYMENTS,
      spendings: mapped(spent, (own) => lastOf(own, ["orders", "total"])),
      balances: mapped(moves, (own) => lastOf(own, ["moves", "balance"])),
      outbox: 0,
      deadLetters: 0,
    };
  }

  async #until(interval: number, isSo: () => Promise<boolean>): Promise<void> {
    try {
      await vi.waitUntil(isSo, { timeout: PATIENCE_MS, interval });
    } catch {
      throw new TypeError(`it takes too long:\n${this.#logged()}`);
    }
  }

  async #states(collection: string, columns: readonly string[]): Promise<Readonly<Record<string, readonly number[]>>> {
    const documents = await this.#stack.collection(collection);
    return Object.fromEntries(
      documents.map((document) => [document._id, columns.map((column) => Number(document[column]))]),
    );
  }

  async #end(topic: string): Promise<number> {
    return ((await this.#log?.offsets(topic)) ?? []).reduce((sum, { high }) => sum + high, 0);
  }

  async #produce(topic: string, type: string, events: readonly Amount[]): Promise<void> {
    const records: { key: Buffer; value: Buffer }[] = [];
    for (const { key, amount } of events) {
      const value = this.#bytes.get(`${type} ${amount}`) ?? (await this.#stack.serialize(topic, type, { amount }));
      this.#bytes.set(`${type} ${amount}`, value);
      records.push({ key: Buffer.from(key), value });
    }
    await this.#stack.produce(topic, records);
  }

  async #records(topic: string): Promise<readonly LogRecord[]> {
    const log = this.#log;
    if (log === undefined) return [];
    const records: LogRecord[] = [];
    for (const partition of (await log.offsets(topic)).keys()) {
      for (let from = 0, complete = false; !complete;) {
        const page = await log.readRange({ topic, partition, from });
        records.push(...page.records);
        ({ next: from, complete } = page);
      }
    }
    return records;
  }

  #logged(): string {
    return this.#started
      .slice(-2)
      .map(({ output }) => output.slice(-4_000))
      .join("\n---\n");
  }
}

function mapped<From, To>(of: Readonly<Record<string, From>>, make: (own: From) => To): Readonly<Record<string, To>> {
  return Object.fromEntries(Object.entries(of).map(([key, own]) => [key, make(own)]));
}

function lastOf(own: Outputs[string], columns: readonly string[]): readonly number[] {
  return columns.map((column) => Number(own.at(-1)?.[column]));
}

function random(most: number): number {
  return 1 + Math.floor(Math.random() * most);
}

function partOf(events: readonly Amount[], part: number, parts: number): readonly Amount[] {
  const size = Math.ceil(events.length / parts);
  return events.slice(part * size, (part + 1) * size);
}
