import { join } from "node:path";
import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { invalidationOf } from "../../../src/catalog/invalidation-event.ts";
import type { Aggregate } from "../../../src/catalog/types.ts";
import type { CommandRequest, RuleCommand } from "../../../src/command/commands.ts";
import type { Processor } from "../../../src/command/processor/processor.ts";
import { openEmbeddedEventLog } from "../../../src/event-log/embedded/embedded-event-log.ts";
import type { ExpectedVersion } from "../../../src/model/command.ts";
import { HEADER } from "../../../src/model/event.ts";
import { openEmbeddedReadModel } from "../../../src/read-model/embedded/embedded-read-model.ts";
import { silentLogger } from "../../../src/telemetry/logger.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import { type ModelEvent, TopicModel } from "./event-store-model.ts";
import { type World, openWorld } from "./processor-world.ts";
import { eventTypeOf } from "./sample.ts";

type Expected = "any" | "current" | "old" | "NO_STREAM" | "EXISTS";

type Step =
  | {
      readonly do: "rule";
      readonly name: string;
      readonly key: string;
      readonly value: number;
      readonly expected: Expected;
    }
  | { readonly do: "event"; readonly key: string; readonly value: number | null; readonly expected: Expected }
  | { readonly do: "set"; readonly key: string; readonly value: number | null; readonly expected: Expected }
  | {
      readonly do: "transaction";
      readonly events: readonly { readonly key: string; readonly value: number; readonly expected: Expected }[];
    }
  | { readonly do: "invalidation"; readonly which: number }
  | { readonly do: "again"; readonly which: number }
  | { readonly do: "settle" | "start" | "stop" | "project" | "stop projecting" };

const key = fc.constantFrom("a", "b", "c", "d", "e");
const value = fc.integer({ min: 1, max: 3 });
const orNull = fc.option(value, { freq: 4 });
const expected = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Expected>("any") },
  fc.constantFrom<Expected>("current", "old", "NO_STREAM", "EXISTS"),
);
const which = fc.nat(50);

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("rule" as const),
      name: fc.constantFrom("Create", "Add", "Twice", "Nothing", "Break"),
      key,
      value,
      expected,
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("event" as const), key, value: orNull, expected }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("set" as const), key, value: orNull, expected }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("transaction" as const),
      events: fc.array(fc.record({ key, value, expected }), { minLength: 1, maxLength: 4 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("invalidation" as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("again" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom("settle", "start", "stop", "project", "stop projecting") }),
  },
);

/** A world under test, and the model of what it should come to. */
class Run {
  readonly counters = new TopicModel(false);
  readonly accounts = new TopicModel(true);
  readonly #world: World;
  readonly #sent: CommandRequest[] = [];
  readonly #processors: Processor[] = [];
  #projector: { stop(): Promise<void> } | undefined;
  #commandsOfAccounts = 0;

  constructor(world: World) {
    this.#world = world;
  }

  async take(next: Step): Promise<void> {
    switch (next.do) {
      case "rule":
        return await this.#send({
          ...this.#world.rule(next.name, next.key, { value: next.value }),
          ifVersion: versionFor(next, this.counters),
        });
      case "event": {
        const eventType = eventTypeOf(this.#world.counter);
        const common = { aggregate: this.#world.counter, id: next.key, ifVersion: versionFor(next, this.counters) };
        return await this.#send(
          next.value === null
            ? { kind: "tombstone", ...common }
            : { kind: "event", eventType, payload: { value: next.value }, ...common },
        );
      }
      case "set": {
        const ifVersion = versionFor(next, this.accounts);
        const { key: id, value: balance } = next;
        return await this.#send(
          balance === null
            ? { kind: "tombstone", aggregate: this.#world.account, id, ifVersion }
            : { ...this.#world.set(id, balance), ifVersion },
        );
      }
      case "transaction": {
        const events = next.events.map((event) => ({
          ...this.#world.set(event.key, event.value),
          ifVersion: versionFor(event, this.accounts),
        }));
        return await this.#send({ kind: "transaction", aggregate: this.#world.account, events });
      }
      case "invalidation": {
        const all = [...this.accounts.transactions];
        const transaction = all[next.which % Math.max(1, all.length)] ?? next.which;
        return await this.#send({ kind: "invalidation", aggregate: this.#world.account, transaction, reason: "wrong" });
      }
      case "again": {
        const again = this.#sent[next.which % Math.max(1, this.#sent.length)];
        return again === undefined ? undefined : await this.#send(again);
      }
      case "settle":
        return await this.settle();
      case "start":
        if (this.#processors.length < 3) this.#processors.push(this.#world.start({ cachedDocuments: 5_000 }));
        return undefined;
      case "stop":
        return await this.#processors.shift()?.stop();
      case "project":
        this.#projector ??= await this.#world.startProjector();
        return undefined;
      case "stop projecting":
        await this.#projector?.stop();
        this.#projector = undefined;
        return undefined;
    }
  }

  /** Waits until everything that was sent is decided. */
  async settle(): Promise<void> {
    await this.take({ do: "project" });
    if (this.#processors.length === 0) await this.take({ do: "start" });
    await vi.waitFor(
      async () => {
        for (const [aggregate, model] of this.#both()) await this.#allDecided(aggregate, model);
      },
      { timeout: 10_000, interval: 10 },
    );
  }

  /** What there is, and what there should be: events, and outcomes, of each topic. */
  async result(): Promise<{ readonly found: readonly unknown[]; readonly wanted: readonly unknown[] }> {
    const [found, wanted]: [unknown[], unknown[]] = [[], []];
    for (const [aggregate, model] of this.#both()) {
      const outcomes = [...(await this.#world.outcomes(aggregate))].map(([id, { rejection, events, version }]) => {
        const told = events.map((event) => `${event.dropped === true ? "-" : ""}${event.partition}/${event.offset}`);
        return [id, { code: rejection?.code, events: told, version }] as const;
      });
      found.push(await this.#eventsOf(aggregate), new Map(outcomes));
      wanted.push(model.events.toSorted(byPlace), model.outcomes);
    }
    return { found, wanted };
  }

  async stop(): Promise<void> {
    await Promise.all(this.#processors.map((processor) => processor.stop()));
    await this.#projector?.stop();
    await this.#world.close();
  }

  async #send(request: CommandRequest): Promise<void> {
    const commandId = request.commandId ?? `c${this.#sent.length}`;
    const sent = { ...request, commandId };
    this.#sent.push(sent);
    await this.#world.send(sent);
    this.#expect(sent, commandId);
  }

  #expect(request: CommandRequest, commandId: string): void {
    const isAccount = request.aggregate === this.#world.account;
    const model = isAccount ? this.accounts : this.counters;
    const offset = this.#commandsOfAccounts;
    if (isAccount) this.#commandsOfAccounts += 1;
    switch (request.kind) {
      case "command":
        model.decide(commandId, { key: request.id ?? "", ifVersion: request.ifVersion }, ruleOf(request));
        break;
      case "event": {
        const said = Number(request.payload["balance"] ?? request.payload["value"]);
        model.decide(commandId, { key: request.id ?? "", ifVersion: request.ifVersion }, () => [said]);
        break;
      }
      case "tombstone":
        model.decide(commandId, { key: request.id, ifVersion: request.ifVersion }, () => [null]);
        break;
      case "transaction": {
        const wanted = request.events.map(({ id = "", payload, ifVersion }) => ({
          key: id,
          value: Number(payload["balance"]),
          ifVersion,
        }));
        model.transact(commandId, offset, wanted);
        break;
      }
      case "invalidation":
        model.invalidate(commandId, request.transaction);
        break;
    }
  }

  async #allDecided(aggregate: Aggregate, model: TopicModel): Promise<void> {
    const outcomes = await this.#world.outcomes(aggregate);
    const open = [...model.outcomes.keys()].filter((id) => !outcomes.has(id));
    if (open.length > 0) throw new TypeError(`${open.join(", ")} are not decided`);
  }

  async #eventsOf({ topic }: Aggregate): Promise<readonly ModelEvent[]> {
    const records = await this.#world.records(topic);
    return records.map((record) => {
      const { key: bytes, value: avro, headers, partition, offset } = record;
      const decoded = avro === null || bytes === null ? undefined : this.#world.codec.decode(topic, avro);
      const payload = decoded?.status === "decoded" ? decoded.payload : {};
      const said = payload["balance"] ?? payload["value"];
      const transaction = bytes === null ? invalidationOf(record)?.transaction : headers[HEADER.transaction];
      return {
        key: bytes === null ? null : Buffer.from(bytes).toString(),
        value: said === undefined ? null : Number(said),
        partition,
        offset,
        commandId: headers[HEADER.command] ?? "",
        transaction: transaction === undefined ? undefined : Number(transaction),
      };
    });
  }

  #both(): readonly (readonly [Aggregate, TopicModel])[] {
    return [
      [this.#world.counter, this.counters],
      [this.#world.account, this.accounts],
    ];
  }
}

function versionFor(
  { key: id, expected: how }: { readonly key: string; readonly expected: Expected },
  model: TopicModel,
): ExpectedVersion | undefined {
  if (how === "any") return undefined;
  if (how === "NO_STREAM" || how === "EXISTS") return how;
  const version = model.versionOf(id) ?? 0;
  return how === "current" ? version : version + 1;
}

function ruleOf({ commandType, payload }: RuleCommand): (value: number | undefined) => readonly number[] | string {
  const said = Number(payload["value"]);
  switch (commandType.name) {
    case "Create":
      return (current) => (current === undefined ? [said] : "EXISTS_ALREADY");
    case "Add":
      return (current) => (current === undefined ? "NOT_FOUND" : [current + said]);
    case "Twice":
      return (current = 0) => [current + 1, current + 2];
    case "Nothing":
      return () => [];
    default:
      return () => "RULE_FAILED";
  }
}

function byPlace(a: ModelEvent, b: ModelEvent): number {
  return a.partition - b.partition || a.offset - b.offset;
}

test("what is in the log is what the accepted commands imply, whoever decides, and whenever they change", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60, size: "max" }), async (steps) => {
      const folder = await temporaryFolder();
      const file = join(folder.path, "eventql.db");
      const log = openEmbeddedEventLog({ file, logger: silentLogger });
      const readModel = openEmbeddedReadModel({ file, logger: silentLogger });
      const run = new Run(await openWorld({ log, readModel }, ""));
      try {
        for (const next of steps) await run.take(next);
        await run.settle();
        const { found, wanted } = await run.result();
        expect(found).toEqual(wanted);
      } finally {
        await run.stop();
        await log.close();
        await readModel.close();
        await folder.remove();
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);
