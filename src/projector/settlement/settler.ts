import { type TopicPartition, partitionId } from "../../model/position.ts";
import type { Checkpoint } from "../../model/checkpoint.ts";
import { isRequestsCheckpoint, pendingRequests } from "../../read-model/settlement/requests.ts";
import type { BetweenBatches, OwnerTurn } from "../between-batches.ts";
import type { Session } from "../partition-session.ts";
import { carryOut } from "./carry-out.ts";
import { askForSettled } from "./settled-before.ts";

/** Settles the dead letters of the partitions of this process, as it is asked to by whichever process. */
export class DeadLetterSettler implements BetweenBatches {
  /** By partition, how many requests there were when it was told last. */
  readonly #told = new Map<string, number>();
  /** How many there were when a session's were looked at last. */
  readonly #looked = new WeakMap<Session, number>();

  /** A checkpoint moved. Returns the partition whose owner is to be woken; undefined: nothing is asked for. */
  told(checkpoint: Checkpoint): TopicPartition | undefined {
    if (!isRequestsCheckpoint(checkpoint)) return undefined;
    const id = partitionId(checkpoint);
    this.#told.set(id, Math.max(checkpoint.next, this.#told.get(id) ?? 0));
    return { topic: checkpoint.topic, partition: checkpoint.partition };
  }

  async run(turn: OwnerTurn): Promise<"done" | "fenced"> {
    const { session, of, services, logger } = turn;
    const told = this.#told.get(partitionId(of)) ?? 0;
    const looked = this.#looked.get(session);
    if (looked !== undefined && looked >= told) return "done";
    if (looked === undefined && session.parked.size > 0) await askForSettled(turn);
    for (;;) {
      const [request] = await pendingRequests(services.readModel, session.projection.name, of, 1);
      if (request === undefined) break;
      const status = await carryOut(turn, request);
      if (status !== "committed") return "fenced";
      const { letter, action, id } = request;
      const fields = { letter, action, request: id, parkedKeys: session.parked.size };
      logger.info(fields, "a request about a dead letter was carried out");
    }
    this.#looked.set(session, told);
    return "done";
  }
}
