import type { CheckpointMove } from "../../read-model/read-model.ts";
import type { Output } from "../outputs.ts";
import { streamGroup } from "../stream-services.ts";
import type { SettleTurn } from "./settle-turn.ts";

/**
 * Writes what settled letters lead to. State and output can't commit together: so the log counts, in the transaction of the
 * outputs, letters that were written, and the read model those that were removed. What the log is ahead by was written, and
 * isn't again.
 */
export interface LetterWriter {
  /** How many of the first letters to be settled are written already. */
  readonly ahead: number;
  /**
   * Writes what so many letters lead to, those that are ahead left out.
   * @throws EventQLError `EVENT_TOO_LARGE`: nothing was written, and it may be tried with less.
   */
  write(outputs: readonly Output[], letters: number): Promise<void>;
  /** What is committed with the removal of so many letters, those that are ahead included. */
  removed(letters: number): readonly CheckpointMove[];
  close(): Promise<void>;
}

/** Opens the writer of a partition's letters. @throws what the log and the read model do. */
export async function openLetterWriter(turn: SettleTurn): Promise<LetterWriter> {
  const { stream } = turn;
  if (stream.sink.kind !== "topics" || stream.guarantee === "at-least-once") return appendingWriter(turn);
  const { services, of, session, targets } = turn;
  const owner = await services.log.takeOver({
    name: `${streamGroup(services.groupPrefix, stream.name)}-letters`,
    input: of,
  });
  try {
    const { partitions } = session.stored.checkpoint;
    const first = { projection: `${stream.name}#letters`, ...of, next: 0, generation: 0, partitions };
    const removed = await services.readModel.openCheckpoint(first);
    // Kafka forgets positions that nobody stored for long, the read model doesn't.
    let written = Math.max(owner.next ?? 0, removed.next);
    return {
      ahead: written - removed.next,
      async write(outputs, letters) {
        if (letters === 0) return;
        const records = await targets.place(outputs, of.partition);
        await owner.commit({ records, next: written + letters });
        written += letters;
      },
      removed: (letters) => [{ checkpoint: { ...removed, next: removed.next + letters }, from: removed.next }],
      close: async () => {
        await owner.release();
      },
    };
  } catch (error) {
    await owner.release();
    throw error;
  }
}

function appendingWriter({ services, of, targets, session, position }: SettleTurn): LetterWriter {
  return {
    ahead: 0,
    async write(outputs) {
      const keyed = outputs.flatMap(({ key, ...output }) => (key === null ? [] : [{ ...output, key }]));
      await Promise.all(keyed.map(async (output) => await services.log.append(output)));
      const unkeyed = outputs.filter(({ key }) => key === null);
      if (unkeyed.length === 0) return;
      const records = await targets.place(unkeyed, of.partition);
      await session.owner.commit({ records, next: position });
    },
    removed: () => [],
    close: async () => {},
  };
}
