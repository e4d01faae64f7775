import { EventQLError } from "../../errors.ts";
import type { Metrics } from "../../telemetry/metrics.ts";

/** The subscriptions that run in this process: holds them to a limit, and counts what they get. */
export class RunningSubscriptions {
  readonly #metrics: Pick<Metrics, "subscribers" | "delivered">;
  readonly #delivered = new Map<string, number>();
  #running = 0;

  constructor(metrics: Pick<Metrics, "subscribers" | "delivered">) {
    this.#metrics = metrics;
  }

  /**
   * One more, of a field of the subscription type. Returns what ends it, which may be repeated.
   * @throws EventQLError `LIMIT_EXCEEDED` where `limit` of them run already.
   */
  begin(field: string, limit: number): () => void {
    if (this.#running >= limit)
      throw new EventQLError(
        "LIMIT_EXCEEDED",
        `This server has its ${limit} subscriptions already: end some, or raise \`limits.subscriptions\`.`,
      );
    this.#running += 1;
    this.#metrics.subscribers(field, 1);
    let runs = true;
    return () => {
      if (!runs) return;
      runs = false;
      this.#running -= 1;
      this.#metrics.subscribers(field, -1);
    };
  }

  /** A result was handed to a subscriber. All of one turn of the process are told together. */
  delivered(field: string): void {
    if (this.#delivered.size === 0) setImmediate(() => this.#tell());
    this.#delivered.set(field, (this.#delivered.get(field) ?? 0) + 1);
  }

  #tell(): void {
    for (const [field, results] of this.#delivered) this.#metrics.delivered(field, results);
    this.#delivered.clear();
  }
}
