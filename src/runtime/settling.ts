import { messageOf } from "../errors.ts";
import { retryUntilDone } from "../event-log/backoff.ts";
import type { TopicPartition } from "../model/position.ts";
import { DeadLetterSettler } from "../projector/settlement/settler.ts";
import type { Checkpoint } from "../model/checkpoint.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import { REQUESTS } from "../read-model/settlement/requests.ts";
import type { Logger } from "../telemetry/logger.ts";

/** What settles the dead letters of this process's partitions, and has them woken when it is asked to. */
export interface Settling {
  readonly between: DeadLetterSettler;
  /** Begins to follow what is asked, by whichever process. `wake`: has the owner of a partition look at once. */
  follow(wake: (of: TopicPartition) => void): void;
  stop(): Promise<void>;
}

/** What settling needs. */
export interface SettlingOptions {
  readonly readModel: Pick<ReadModel, "watchCheckpoints" | "checkpoints">;
  readonly logger: Logger;
}

/** Makes what settles dead letters; it begins when it is told whom to wake. */
export function createSettling({ readModel, logger }: SettlingOptions): Settling {
  const between = new DeadLetterSettler();
  const stopped = new AbortController();
  let watching: Promise<(() => Promise<void>) | undefined> = Promise.resolve(undefined);
  return {
    between,
    follow(wake) {
      const onMoved = (checkpoint: Checkpoint): void => {
        const of = between.told(checkpoint);
        if (of !== undefined) wake(of);
      };
      const watch = async (): Promise<() => Promise<void>> => {
        const stop = await readModel.watchCheckpoints(onMoved);
        try {
          // What was asked while nobody was told.
          for (const checkpoint of await readModel.checkpoints(REQUESTS)) onMoved(checkpoint);
          return stop;
        } catch (error) {
          await stop();
          throw error;
        }
      };
      watching = retryUntilDone(watch, {
        signal: stopped.signal,
        onFailure: (error, pauseMs) => {
          logger.warn({ error: messageOf(error), pauseMs }, "requests can't be followed; it is tried again");
        },
      });
    },
    async stop() {
      stopped.abort();
      await (
        await watching
      )?.();
    },
  };
}
