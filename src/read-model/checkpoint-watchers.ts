import { messageOf } from "../errors.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { Logger } from "../telemetry/logger.ts";

type OnMoved = (checkpoint: Checkpoint) => void;

/** Who wants to be told of moved checkpoints. One that throws disturbs neither the others nor the teller. */
export class CheckpointWatchers {
  readonly #watchers = new Set<{ readonly onMoved: OnMoved }>();
  readonly #logger: Logger;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  get size(): number {
    return this.#watchers.size;
  }

  /** Adds one; returns the function that removes it. */
  add(onMoved: OnMoved): () => void {
    const watcher = { onMoved };
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  tell(checkpoint: Checkpoint): void {
    for (const { onMoved } of this.#watchers) {
      try {
        onMoved(checkpoint);
      } catch (error) {
        this.#logger.error({ error: messageOf(error) }, "A watcher of checkpoints failed.");
      }
    }
  }
}
