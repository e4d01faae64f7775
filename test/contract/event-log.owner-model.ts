import fc from "fast-check";
import assert from "node:assert/strict";
import { expect, it, vi } from "vitest";
import type { EventLog, PartitionOwner } from "../../src/event-log/event-log.ts";
import { uniqueName } from "../support/real-stack.ts";
import { PATIENCE, placed, valuesOf } from "./event-log.owner-tools.ts";
import type { Trial } from "./event-log.ts";

const EVENT_PARTITIONS = 2;
const OWNERS = [0, 1] as const;

/** What a partition of input should have come to. */
interface OwnerModel {
  next: number | undefined;
  /** Owners that were made, the last one of which may commit. */
  readonly made: PartitionOwner[];
}

/** What the log should hold. */
interface Model {
  readonly events: string[][];
  readonly owners: readonly OwnerModel[];
}

interface Real {
  readonly logs: readonly EventLog[];
  readonly name: string;
  readonly input: string;
  readonly events: string;
  count: number;
}

type Command = fc.AsyncCommand<Model, Real>;

/** Where a record that must land somewhere is to land, in relation to the partition's end. */
type Aim = "anywhere" | "end" | "elsewhere";

class TakeOver implements Command {
  readonly #input: number;
  readonly #log: number;

  constructor(input: number, log: number) {
    this.#input = input;
    this.#log = log;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const owner = await real.logs[this.#log]?.takeOver({
      name: real.name,
      input: { topic: real.input, partition: this.#input },
    });
    const of = model.owners[this.#input];
    assert.equal(owner?.next, of?.next);
    if (owner !== undefined) of?.made.push(owner);
  }

  toString(): string {
    return `takeOver(${this.#input}, log ${this.#log})`;
  }
}

class Commit implements Command {
  readonly #input: number;
  readonly #partitions: readonly number[];
  readonly #aim: Aim;
  /** Of the owners that were made: how many before the last one. */
  readonly #age: number;

  constructor(input: number, partitions: readonly number[], aim: Aim, age: number) {
    this.#input = input;
    this.#partitions = partitions;
    this.#aim = aim;
    this.#age = age;
  }

  check(model: Readonly<Model>): boolean {
    return (model.owners[this.#input]?.made.length ?? 0) > this.#age;
  }

  async run(model: Model, real: Real): Promise<void> {
    const of = model.owners[this.#input];
    const owner = of?.made.at(-1 - this.#age);
    if (of === undefined || owner === undefined) return;
    const next = (real.count += 1);
    const values = this.#partitions.map((_, index) => `${next}:${index}`);
    const aimed = await this.#offset(model, real);
    const records = this.#partitions.map((partition, index) =>
      placed(real.events, partition, values[index] ?? "", index === 0 ? aimed : undefined),
    );
    const commit = owner.commit({ records, next });
    if (this.#age > 0) return await assert.rejects(commit, { code: "OWNER_FENCED" });
    const moved = this.#aim === "elsewhere" && records.length > 0;
    assert.equal(await commit, moved ? "moved" : "committed");
    if (moved) return;
    of.next = next;
    for (const [index, partition] of this.#partitions.entries()) model.events[partition]?.push(values[index] ?? "");
  }

  async #offset(model: Model, real: Real): Promise<number | undefined> {
    const [log] = real.logs;
    const [partition] = this.#partitions;
    if (this.#aim === "anywhere" || partition === undefined || log === undefined) return undefined;
    // The end is behind everything, once all of that can be read.
    await vi.waitFor(
      async () => assert.deepEqual(await valuesOf(log, real.events, partition), model.events[partition]),
      PATIENCE,
    );
    const ranges = await log.offsets(real.events);
    return (ranges[partition]?.high ?? 0) + (this.#aim === "end" ? 0 : 3);
  }

  toString(): string {
    return `commit(${this.#input}, [${this.#partitions.join()}], ${this.#aim}, ${this.#age} before the last)`;
  }
}

class ForeignAppend implements Command {
  readonly #key: string;
  readonly #log: number;

  constructor(key: string, log: number) {
    this.#key = key;
    this.#log = log;
  }

  check(): boolean {
    return true;
  }

  async run(model: Model, real: Real): Promise<void> {
    const value = `foreign ${(real.count += 1)}`;
    const landed = await real.logs[this.#log]?.append({
      topic: real.events,
      key: this.#key,
      value: Buffer.from(value),
      headers: {},
    });
    model.events[landed?.partition ?? 0]?.push(value);
  }

  toString(): string {
    return `append(${this.#key}, log ${this.#log})`;
  }
}

const log = fc.constantFrom(0, 1);
const input = fc.constantFrom(...OWNERS);
const aim = fc.constantFrom<Aim>("anywhere", "anywhere", "end", "elsewhere");
const partitions = fc.array(fc.nat({ max: EVENT_PARTITIONS - 1 }), { maxLength: 5 });
const age = fc.constantFrom(0, 0, 0, 1);
const commands: fc.Arbitrary<Command>[] = [
  fc.tuple(input, log).map(([input, log]) => new TakeOver(input, log)),
  fc.tuple(input, partitions, aim, age).map(([input, partitions, aim, age]) => new Commit(input, partitions, aim, age)),
  fc.tuple(fc.string({ maxLength: 3 }), log).map(([key, log]) => new ForeignAppend(key, log)),
];

/** Any sequence of takeovers, commits, and appends of others leads to what a plain model says. */
export function ownerModelContract({ under, topic }: Trial): void {
  it("does what a plain model does, whatever the sequence", { timeout: 120_000 }, async () => {
    const other = under().open();
    const [input, events] = [await topic(OWNERS.length), await topic(EVENT_PARTITIONS)];
    try {
      await fc.assert(
        fc.asyncProperty(fc.commands(commands, { maxCommands: 25 }), async (sequence) => {
          const real: Real = { logs: [under().log, other], name: uniqueName("owner"), input, events, count: 0 };
          const before = await Promise.all([0, 1].map((partition) => valuesOf(under().log, events, partition)));
          const model: Model = { events: before, owners: OWNERS.map(() => ({ next: undefined, made: [] })) };
          const begin = OWNERS.map((input) => new TakeOver(input, 0));
          await fc.asyncModelRun(() => ({ model, real }), [...begin, ...sequence]);
          for (const [partition, values] of model.events.entries())
            await expect.poll(() => valuesOf(other, events, partition), PATIENCE).toEqual(values);
          await Promise.all(model.owners.flatMap(({ made }) => made.map((owner) => owner.release())));
        }),
        { numRuns: 25 },
      );
    } finally {
      await other.close();
    }
  });
}
