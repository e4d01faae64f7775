import type { SettleAction, SettleOutcome } from "../../../src/model/settlement.ts";
import { askSettlements, awaitOutcomes } from "../../../src/read-model/settlement/ask-settlements.ts";
import { DEAD_LETTERS, PARKED_KEYS, type StoredLetter, readDeadLetter } from "../../../src/read-model/dead-letters.ts";
import type { World } from "../../history/world.ts";

/** The dead letters that others wait behind, in the order of their offsets. */
export async function headsOf({ readModel }: World): Promise<readonly StoredLetter[]> {
  const found = await readModel.find(DEAD_LETTERS, { filter: { waiting: false }, sort: { offset: 1 } });
  return found.flatMap((stored) => readDeadLetter(stored) ?? []);
}

/** What is set aside: how many letters there are, and the parked keys. */
export async function setAsideIn({ readModel }: World): Promise<readonly [number, readonly string[]]> {
  const letters = await readModel.find(DEAD_LETTERS, { filter: {}, fields: [] });
  const parked = await readModel.find(PARKED_KEYS, { filter: {} });
  return [letters.length, parked.map(({ key }) => (typeof key === "string" ? key : "")).toSorted()];
}

/** The bytes of an event, as the world's codec reads them. */
export function bytesOf(type: string, payload: Record<string, unknown> = {}): Uint8Array {
  return new Uint8Array(Buffer.from(JSON.stringify([type, payload])));
}

/** Asks for a letter to be settled, without having anybody do it. */
export async function ask(
  { readModel }: World,
  { id: letter, record }: StoredLetter,
  action: SettleAction,
  { id, value }: { readonly id: string; readonly value?: Uint8Array | undefined },
): Promise<void> {
  const place = { projection: "aggregates", topic: "t", partition: 0 };
  const key = record.key === null ? {} : { key: Buffer.from(record.key).toString() };
  const request = { id, ...place, letter, ...key, action, ...(value === undefined ? {} : { value }) };
  await askSettlements(readModel, [request]);
}

/** What became of a request so far. */
export async function outcomeOf({ readModel }: World, id: string): Promise<SettleOutcome | undefined> {
  return (await awaitOutcomes(readModel, [id], { timeoutMs: 0 })).get(id);
}
