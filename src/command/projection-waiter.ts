import type { Position } from "../model/position.ts";

/** How an event that the projection has passed ended. */
export type ProjectionOutcome = "PROJECTED" | "DEAD_LETTERED" | "KEY_PARKED";

/** Whose documents are waited for. */
export interface WaitedProjection {
  /** What its checkpoints are stored by. */
  readonly projection: string;
  /** The intermediate topic that the event comes to it through; absent: it folds the event's own topic. */
  readonly through?: string;
}

/** Waits until the read model shows what was appended. */
export interface ProjectionWaiter {
  /**
   * Resolves when a projection has passed the position. Default: that of the topic's own aggregates.
   * @throws EventQLError `NOT_YET_PROJECTED` after `timeoutMs`, `LIMIT_EXCEEDED` where too many wait already.
   */
  wait(position: Position, timeoutMs: number, of?: WaitedProjection): Promise<ProjectionOutcome>;

  close(): Promise<void>;
}
