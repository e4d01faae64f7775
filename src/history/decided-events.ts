import type { DecidedPosition } from "../model/command.ts";
import type { HistoryEvent } from "./history.ts";

/** Events as the log has them. */
export interface LoggedEvents {
  /** In the order that was asked for. */
  readonly events: readonly HistoryEvent[];
  /** A position behind them all for each partition of the topic: where to follow what comes after them. */
  readonly positions: readonly number[];
}

/** Reads what commands have led to, whether it is projected yet or not. */
export interface DecidedEvents {
  /**
   * Reads events of a topic by their positions. Those that can't be read any more are left out.
   * @throws EventQLError `LIMIT_EXCEEDED` where it takes too long, `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`,
   *   `REGISTRY_UNAVAILABLE`.
   */
  read(topic: string, at: readonly Pick<DecidedPosition, "partition" | "offset">[]): Promise<LoggedEvents>;
}
