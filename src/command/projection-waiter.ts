import type { Position } from "../model/position.ts";

/** How an event that the projection has passed ended. */
export type ProjectionOutcome = "PROJECTED" | "DEAD_LETTERED" | "KEY_PARKED";

/** Waits until the read model shows what was appended. */
export interface ProjectionWaiter {
  /**
   * Resolves when the projection of the position's topic has passed it.
   * @throws EventQLError `NOT_YET_PROJECTED` after `timeoutMs`, `LIMIT_EXCEEDED` where too many wait already.
   */
  wait(position: Position, timeoutMs: number): Promise<ProjectionOutcome>;

  close(): Promise<void>;
}
