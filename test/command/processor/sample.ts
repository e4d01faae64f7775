import { createCodec } from "../../../src/catalog/codec/create-codec.ts";
import type { CommandCodec } from "../../../src/catalog/codec.ts";
import { gatherCatalog } from "../../../src/catalog/gather.ts";
import { invalidationSchema, invalidationSubject } from "../../../src/catalog/invalidation-event.ts";
import { commandsTopicOf } from "../../../src/catalog/topic-kinds.ts";
import type { Aggregate, Catalog, CommandType, EventType } from "../../../src/catalog/types.ts";
import { type Decider, event, reject } from "../../../src/model/decider.ts";
import { FakeRegistry } from "../../support/fake-registry.ts";

/** Counters, which rules decide on, and accounts, which have transactions. */
export interface Sample {
  readonly counter: Aggregate;
  readonly account: Aggregate;
  readonly catalog: Catalog;
  readonly codec: CommandCodec;
  /** Of the schema of the event that makes a transaction invalid. */
  readonly invalidationId: number;
}

/** The command type of a name. */
export function commandTypeOf({ owned }: Aggregate, name: string): CommandType {
  const found = owned?.commands.find((each) => each.name === name);
  if (found === undefined) throw new TypeError(`no command ${name}`);
  return found;
}

/** The only event type. */
export function eventTypeOf({ eventTypes: [only] }: Aggregate): EventType {
  if (only === undefined) throw new TypeError("no event type");
  return only;
}

function counterRules(topic: string): Decider {
  const value = (state: Readonly<Record<string, unknown>> | undefined): number => Number(state?.["value"] ?? 0);
  return {
    aggregate: "Counter",
    topic,
    initial: {},
    version: 1,
    eventMutations: true,
    evolve: undefined,
    decide: {
      Create: (state, command) =>
        state === undefined ? [event("Counted", { value: command["value"] ?? 0 })] : reject("EXISTS_ALREADY"),
      Add: (state, command) =>
        state === undefined
          ? reject("NOT_FOUND", "There is no such counter.")
          : [event("Counted", { value: value(state) + Number(command["value"]) })],
      Twice: (state) => [event("Counted", { value: value(state) + 1 }), event("Counted", { value: value(state) + 2 })],
      Nothing: () => [],
      Break: (_, command) => {
        if (Number(command["value"]) === 1) throw new TypeError("a secret");
        if (Number(command["value"]) === 2) return [event("Unheard", {})];
        return [event("Counted", { value: "no number" })];
      },
    },
  };
}

/** Makes the catalog of the two; the names of topics begin with `prefix`. */
export async function openSample(prefix = "", changes: Partial<Decider> = {}): Promise<Sample> {
  const [counters, accounts] = [`${prefix}counters`, `${prefix}accounts`];
  const registry = new FakeRegistry();
  const number = [{ name: "value", type: "long" }];
  await registry.add(`${counters}-Counted`, { ...recordOf("Counted", number), eventql: { aggregate: "Counter" } });
  for (const name of ["Create", "Add", "Twice", "Nothing", "Break"])
    await registry.add(`${commandsTopicOf(counters)}-${name}`, recordOf(name, [{ ...number[0], default: 0 }]));
  await registry.add(`${accounts}-Set`, {
    ...recordOf("Set", [{ name: "balance", type: "long" }]),
    eventql: { aggregate: "Account", transactions: true, deduplicate: true, history: true },
  });
  const invalidationId = await registry.add(invalidationSubject(accounts), JSON.parse(invalidationSchema));
  const catalog = await gatherCatalog(registry, { deciders: [{ ...counterRules(counters), ...changes }] });
  const [account, counter] = catalog.aggregates;
  if (account === undefined || counter === undefined) throw new TypeError("the catalog has not both aggregates");
  return { counter, account, catalog, codec: createCodec(registry, () => catalog), invalidationId };
}

function recordOf(name: string, fields: readonly unknown[]): Readonly<Record<string, unknown>> {
  return { type: "record", name, fields };
}
