import { DEAD_LETTERS, type StoredLetter, ofPartition, readDeadLetter } from "../../read-model/dead-letters.ts";
import { askSettlements } from "../../read-model/settlement/ask-settlements.ts";
import { SETTLEMENTS, type Settlement, readSettlement, settlementId } from "../../read-model/settlement/settlements.ts";
import type { SettleRequest } from "../../model/settlement.ts";
import type { OwnerTurn } from "../between-batches.ts";

/**
 * Asks for what was decided about events of dead letters, of which another build of the projection has had the same: it was
 * decided after this one had passed them.
 */
export async function askForSettled({ services, session, of }: OwnerTurn): Promise<void> {
  const { readModel } = services;
  const { name } = session.projection;
  const filter = { ...ofPartition(name, of), waiting: false };
  const found = await readModel.find(DEAD_LETTERS, { filter, limit: services.maxParkedKeys });
  const letters = new Map(
    found.flatMap((stored) => {
      const letter = readDeadLetter(stored);
      return letter === undefined ? [] : [[settlementId(name, letter.record), letter] as const];
    }),
  );
  if (letters.size === 0) return;
  const settled = await readModel.find(SETTLEMENTS, { filter: { _id: { $in: [...letters.keys()] } } });
  const requests = settled.flatMap((stored) => {
    const [letter, settlement] = [letters.get(stored._id), readSettlement(stored)];
    return letter === undefined || settlement === undefined ? [] : requestOf(letter, settlement, name);
  });
  await askSettlements(readModel, requests);
}

/** None, where the letter is what came of it. */
function requestOf({ id: letter, record }: StoredLetter, settlement: Settlement, projection: string): SettleRequest[] {
  if (settlement.kind === "fix" && Buffer.from(settlement.value).equals(record.value ?? Buffer.alloc(0))) return [];
  const { topic, partition, key } = record;
  const request = { id: `settled ${letter}`, projection, topic, partition, letter };
  const asked = { ...request, ...(key !== null && { key: Buffer.from(key).toString() }) };
  if (settlement.kind === "skip") return [{ ...asked, action: "skip" }];
  return [{ ...asked, action: "fix", value: settlement.value }];
}
