import pRetry from "p-retry";
import { isEventQLError, messageOf } from "../../errors.ts";
import type { Consumer, ConsumerHandler, EventLog } from "../../event-log/event-log.ts";
import type { Logger } from "../../telemetry/logger.ts";

/** What to read, and who for. */
export interface OpenConsumerOptions {
  readonly log: EventLog;
  /** What the name of the consumer's group begins with. */
  readonly group: string;
  readonly topic: string;
  readonly maxBatchBytes?: number;
  readonly handler: ConsumerHandler;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
}

/** Rejects with the signal's reason once it is aborted. */
export function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const end = (): void => reject(signal.reason);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}

/**
 * Starts a consumer that reads everything, for itself. Where the signal comes first, it isn't waited for: joining a
 * group takes as long as the log is away. One that comes too late is stopped.
 * @throws EventQLError `TOPIC_NOT_FOUND`, `EVENT_LOG_UNAVAILABLE`; the signal's reason
 */
export async function openConsumer(options: OpenConsumerOptions): Promise<Consumer> {
  const { log, topic, handler, signal, ...consume } = options;
  signal.throwIfAborted();
  const opening = log.consume({ ...consume, topics: [topic], ephemeral: true }, handler);
  try {
    return await Promise.race([opening, untilAborted(signal)]);
  } catch (error) {
    void opening.then(
      (late) => late.stop(),
      () => {},
    );
    throw error;
  }
}

/**
 * {@link openConsumer}, repeated for as long as the log is away.
 * @throws EventQLError `TOPIC_NOT_FOUND`; the signal's reason
 */
export async function keepOpening(options: OpenConsumerOptions, logger: Logger): Promise<Consumer> {
  const { signal, topic } = options;
  return await pRetry(async () => await openConsumer(options), {
    signal,
    retries: Number.POSITIVE_INFINITY,
    minTimeout: 200,
    maxTimeout: 5_000,
    randomize: true,
    shouldRetry: ({ error }) => !signal.aborted && isEventQLError(error) && error.retriable,
    onFailedAttempt({ error, attemptNumber }) {
      if (signal.aborted || (attemptNumber > 1 && attemptNumber % 10 !== 0)) return;
      logger.warn(
        { topic, attempt: attemptNumber, error: messageOf(error) },
        "The subscribers of a topic wait for the event log; it is tried again.",
      );
    },
  });
}
