import { setTimeout as pause } from "node:timers/promises";
import type { Catalog } from "../../../src/catalog/types.ts";
import type { Commands } from "../../../src/command/commands.ts";

/** How many commands, of how many keys, and how many together every 50 ms. */
export interface LoadOptions {
  readonly commands: number;
  readonly keys: number;
  readonly together: number;
}

/** What became of a load. */
export interface SentLoad {
  /** Ids of commands that are stored durably, as the log said. */
  readonly accepted: ReadonlySet<string>;
}

/**
 * Sends commands at a steady pace, so that faults fall into the middle of them: some are refused by the rules, some lead to
 * two events, and every twentieth is sent again, later, with its id.
 */
export async function sendLoad(
  commands: Commands,
  catalog: Catalog,
  { commands: count, keys, together }: LoadOptions,
): Promise<SentLoad> {
  const [aggregate] = catalog.aggregates;
  const [commandType] = aggregate?.owned?.commands ?? [];
  if (aggregate === undefined || commandType === undefined) throw new TypeError("the catalog has no command");
  const accepted = new Set<string>();
  const send = async (number: number): Promise<void> => {
    const commandId = `command-${number}`;
    const by = BigInt(number % 23 === 0 ? 0 : number % 7 === 0 ? 10 : (number % 9) + 1);
    const request = { kind: "command" as const, aggregate, commandType, id: `key-${number % keys}`, commandId };
    await commands.send({ ...request, payload: { by } });
    accepted.add(commandId);
  };
  for (let start = 0; start < count; start += together) {
    const numbers = Array.from({ length: Math.min(together, count - start) }, (_, index) => start + index);
    const repeated = numbers.filter((number) => number % 20 === 0 && number > 500).map((number) => number - 400);
    await Promise.all([...numbers, ...repeated].map(send));
    await pause(50);
  }
  return { accepted };
}
