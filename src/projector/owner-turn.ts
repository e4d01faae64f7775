import type { Logger } from "../telemetry/logger.ts";
import type { BetweenBatches, OwnerTurn } from "./between-batches.ts";
import { type HeldPartition, checkpointAt } from "./planned-batch.ts";

/** A held partition as those see it who work on it between batches. */
function turnOf(held: HeldPartition, logger: Logger): OwnerTurn {
  const { of, services, session } = held;
  return {
    of,
    services,
    session,
    logger,
    async commit(writes, also) {
      const move = { checkpoint: checkpointAt(held, session.next), from: session.next };
      return (await services.readModel.commit({ ...move, ...(also && { also }), writes })).status;
    },
  };
}

/** Does what is asked for between batches. `fenced`: the checkpoint is to be read anew, and this to be called again. */
export async function settleBetween(
  held: HeldPartition,
  between: BetweenBatches | undefined,
  logger: Logger,
): Promise<"done" | "fenced"> {
  return (await between?.run(turnOf(held, logger))) ?? "done";
}
