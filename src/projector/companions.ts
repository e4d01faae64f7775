import type { BatchItem } from "./decode-batch.ts";
import type { PlannedBatch } from "./planned-batch.ts";

/** Events of a partition that are committed in one transaction: from its session's position up to `next`. */
export interface Run {
  readonly items: readonly BatchItem[];
  readonly from: number;
  readonly next: number;
}

/** Other builds of a partition's projection, which move together with it while they stand where it does. */
export interface Companions {
  /** What those that stand at the same position add to its transaction. One that can't go along leaves. */
  plan(run: Run): Promise<readonly PlannedBatch[]>;
  /** None goes along with what comes next: each has to catch up on its own. */
  leave(): void;
}

/** None at all. */
export const noCompanions: Companions = {
  plan: async () => await Promise.resolve([]),
  leave() {},
};
