import { pause } from "../../event-log/backoff.ts";
import type { OutputSink, OutputsOf, PartitionOutputs, PlannedOutputs } from "../../read-model/output-sink.ts";
import type { ReadModel } from "../../read-model/read-model.ts";
import { decidedCheckpoint } from "./outbox.ts";

/** How often, in ms, is looked how far the build that is read has come. */
const LOOK_MS = 250;

/**
 * The outputs of builds that aren't read, and are made apart from the one that is: nothing is written of them, for that was
 * done before. So that it was, they keep behind how far outputs are decided, and write on from there once they are read.
 */
export class ReplayedOutputs implements OutputSink {
  readonly #readModel: Pick<ReadModel, "checkpoints">;

  constructor(readModel: Pick<ReadModel, "checkpoints">) {
    this.#readModel = readModel;
  }

  async open(opened: OutputsOf): Promise<PartitionOutputs> {
    let decided = await this.#decided(opened);
    return {
      get decided() {
        return decided;
      },
      room: async (from) => {
        while (decided <= from) {
          opened.signal.throwIfAborted();
          decided = await this.#decided(opened);
          if (decided <= from) await pause(LOOK_MS, opened.signal);
        }
        return decided;
      },
      plan: () => NOTHING,
      planLate: () => NOTHING,
    };
  }

  /** Where nothing was ever written, nothing is written of what the build has passed, either. */
  async #decided({ projection, of }: OutputsOf): Promise<number> {
    const found = await this.#readModel.checkpoints(decidedCheckpoint(projection), of.topic);
    return found.find(({ partition }) => partition === of.partition)?.next ?? Number.POSITIVE_INFINITY;
  }
}

const NOTHING: PlannedOutputs = { writes: [], also: [], committed() {} };
